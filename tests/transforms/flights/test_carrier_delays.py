"""How late each carrier was, month by month."""

from datetime import date
from typing import Any

from schemas.flights.clean_flights import CLEAN_FLIGHTS
from tests.conftest import Orders, Rows
from transforms.flights.carrier_delays import carrier_delays


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
        assert sorted(tuple(row) for row in carrier_delays(frame).collect()) == [
            ("B6", date(2013, 2, 1), 2, 2, 11, 5.5, 5.5, 0, 0),
            ("UA", date(2013, 1, 1), 5, 3, 6, 2.0, 1.0, 1, 1),
            ("UA", date(2013, 2, 1), 1, 0, 0, None, None, 1, 0),
        ]


def test_no_flights_make_no_delays(rows: Rows) -> None:
    assert carrier_delays(rows(CLEAN_FLIGHTS, [])).collect() == []
