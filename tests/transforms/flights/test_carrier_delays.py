"""How late each carrier was, month by month."""

from datetime import UTC, date, datetime
from typing import Any

from schemas.flights.clean_flights import CLEAN_FLIGHTS
from tests.conftest import Orders, Rows
from tests.planted import Planted, row
from tests.transforms.flights.test_clean_flights import KEPT
from transforms.flights.carrier_delays import carrier_delays

AS_OF = datetime(2013, 3, 1, tzinfo=UTC)


def flight(day: str, arr_delay: int | None, carrier: str = "UA", **given: Any) -> dict[str, Any]:
    return {"flight_date": day, "carrier": carrier, "arr_delay": arr_delay, "is_cancelled": False, "is_diverted": False, **given}


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


def test_flights_of_a_month_are_counted_whole_and_delays_of_those_that_arrived(orders: Orders) -> None:
    for frame in orders(CLEAN_FLIGHTS, FLIGHTS):
        assert sorted(tuple(row) for row in carrier_delays(frame, as_of=AS_OF).collect()) == [
            ("B6", date(2013, 2, 1), 2, 2, 11, 5.5, 5.5, 0, 0),
            ("UA", date(2013, 1, 1), 5, 3, 6, 2.0, 1.0, 1, 1),
            ("UA", date(2013, 2, 1), 1, 0, 0, None, None, 1, 0),
        ]


def test_flights_from_the_day_of_as_of_on_do_not_count(rows: Rows) -> None:
    found = carrier_delays(rows(CLEAN_FLIGHTS, FLIGHTS), as_of=datetime(2013, 1, 31, 23, tzinfo=UTC)).collect()
    assert [(row.carrier, row.flights, row.total_arr_delay) for row in found] == [("UA", 3, 10)]


def test_no_flights_make_no_delays(rows: Rows) -> None:
    assert carrier_delays(rows(CLEAN_FLIGHTS, []), as_of=AS_OF).collect() == []


OF_MONTH = {"flights": 1, "arrived": 1, "total_arr_delay": 2, "mean_arr_delay": 2.0, "median_arr_delay": 2.0, "cancelled": 0, "diverted": 0}
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
