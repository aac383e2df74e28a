"""Delays of each carrier by month."""

from datetime import UTC, datetime
from typing import Any

from schemas.flights.clean_flights import CLEAN_FLIGHTS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from tests.transforms.flights.test_clean_flights import KEPT
from transforms.flights.carrier_delays import carrier_delays

AS_OF = datetime(2013, 3, 1, tzinfo=UTC)


def flight(day: str, arr_delay: int | None, carrier: str = "UA", **given: Any) -> dict[str, Any]:
    return {
        "flight_date": day,
        "carrier": carrier,
        "arr_delay": arr_delay,
        "is_cancelled": False,
        "is_diverted": False,
        **given,
    }


FLIGHTS = [
    flight("2013-01-01", 10),
    flight("2013-01-31", -5),
    flight("2013-01-31", 1),
    flight("2013-01-15", None, is_cancelled=True),
    flight("2013-01-15", None, is_diverted=True),
    flight("2013-02-01", None, is_cancelled=True),
    flight("2013-02-01", 4, carrier="B6"),
    flight("2013-02-28", 7, carrier="B6"),
]


def test_all_flights_of_a_month_are_counted_and_the_delays_of_those_that_arrived(orders: Orders) -> None:
    expected = [
        ["B6", "2013-02-01", 2, 2, 11, 5.5, 5.5, 0, 0],
        ["UA", "2013-01-01", 5, 3, 6, 2.0, 1.0, 1, 1],
        ["UA", "2013-02-01", 1, 0, 0, None, None, 1, 0],
    ]
    columns = "carrier month flights arrived total_arr_delay mean_arr_delay median_arr_delay cancelled diverted"
    for frame in orders(CLEAN_FLIGHTS, FLIGHTS):
        found = carrier_delays(frame, as_of=AS_OF)
        assert found.columns == columns.split()
        assert_rows(found, columns, expected)


def test_flights_from_the_day_of_as_of_on_do_not_count(rows: Rows) -> None:
    found = carrier_delays(rows(CLEAN_FLIGHTS, FLIGHTS), as_of=datetime(2013, 1, 31, 23, tzinfo=UTC))
    assert_rows(found, "carrier flights total_arr_delay", [["UA", 3, 10]])


def test_no_rows_in_give_no_rows_out(rows: Rows) -> None:
    assert_rows(carrier_delays(rows(CLEAN_FLIGHTS, []), as_of=AS_OF), "carrier", [])


OF_MONTH = {
    "flights": 1,
    "arrived": 1,
    "total_arr_delay": 2,
    "mean_arr_delay": 2.0,
    "median_arr_delay": 2.0,
    "cancelled": 0,
    "diverted": 0,
}
MADE = [{"carrier": f"A{number}", "month": "2013-01-01", **OF_MONTH} for number in range(10)]
PLANTED = Planted(
    MADE,
    {
        "a carrier is there for its flights": row(flights=0),
        "flights arrived, were diverted, or were cancelled": row(diverted=1),
        "a mean is there where flights arrived": row(median_arr_delay=None),
        "month is the first day of one": row(month="2013-01-02"),
        "all flights of the months before as_of are counted": row(flights=2, cancelled=1),
    },
    {CLEAN_FLIGHTS: KEPT},
)
