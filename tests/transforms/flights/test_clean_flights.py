"""Delivered flights, typed and judged: one case a row."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.flights.clean_flights import CLEAN_FLIGHTS
from schemas.flights.raw_flights import RAW_FLIGHTS
from tests.conftest import Orders, Rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.flights.clean_flights import clean_flights

DAY = {"year": "2013", "month": "1", "day": "1"}
TIMES = {"dep_time": "517", "sched_dep_time": "515", "dep_delay": "2", "arr_time": "830", "sched_arr_time": "819", "arr_delay": "11"}
ROUTE = {"carrier": "UA", "flight": "1545", "tailnum": "N14228", "origin": "EWR", "dest": "IAH", "air_time": "227", "distance": "1400"}
GOOD = {**DAY, **TIMES, **ROUTE}
CLOCK = datetime(2013, 12, 30, 12, tzinfo=UTC)


def cleaned(rows: Rows, *given: dict[str, Any], **options: Any) -> list[Any]:
    frame = clean_flights(delivered(rows, RAW_FLIGHTS, GOOD, given), zones=options, clock=CLOCK)
    texts = [f"CAST({name} AS string) AS {name}" for name in ("flight_date", "scheduled_departure_at", "departure_at")]
    others = [name for name in frame.columns if name not in ("flight_date", "scheduled_departure_at", "departure_at")]
    return frame.selectExpr(*texts, *others).collect()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {"departure": "2013-01-01 05:17", "departure_at": "2013-01-01 10:17:00", "scheduled_departure_at": "2013-01-01 10:15:00"}),
        ({"dep_time": "517.0", "dep_delay": "2.0", "arr_delay": "11.0"}, {"departure": "2013-01-01 05:17", "arr_delay": 11}),
        ({"dep_time": "2400", "sched_dep_time": "2359", "dep_delay": "1"}, {"departure": "2013-01-02 00:00", "departure_at": "2013-01-02 05:00:00"}),
        ({"dep_time": "10", "sched_dep_time": "2359", "dep_delay": "11"}, {"departure": "2013-01-02 00:10"}),
        ({"dep_time": "2355", "sched_dep_time": "5", "dep_delay": "-10"}, {"departure": "2012-12-31 23:55"}),
        ({"dep_time": "600", "sched_dep_time": "500", "dep_delay": "2940"}, {"departure": "2013-01-03 06:00"}),
        ({"month": "7"}, {"departure_at": "2013-07-01 09:17:00"}),
        ({"dep_time": "2330", "sched_dep_time": "2330", "dep_delay": "0"}, {"flight_date": "2013-01-01", "departure_at": "2013-01-02 04:30:00"}),
        # The hour that clocks show twice: by the delay it is the second one, and without a delay that fits the first.
        ({"month": "11", "day": "3", "dep_time": "120", "sched_dep_time": "130", "dep_delay": "50"}, {"departure_at": "2013-11-03 06:20:00"}),
        ({"month": "11", "day": "3", "dep_time": "120", "sched_dep_time": "130", "dep_delay": "-10"}, {"departure_at": "2013-11-03 05:20:00"}),
        ({"month": "11", "day": "3", "dep_time": "120", "sched_dep_time": "115", "dep_delay": "6"}, {"departure_at": "2013-11-03 05:20:00"}),
        # The hour that clocks skip.
        ({"month": "3", "day": "10", "dep_time": "310", "sched_dep_time": "155", "dep_delay": "15"}, {"departure_at": "2013-03-10 07:10:00"}),
        ({"arr_time": "2400"}, {"arrival_time": "24:00"}),
        ({"year": "2014"}, {"flight_date": "2014-01-01"}),
        ({"tailnum": "NA", "air_time": "", "distance": "NaN"}, {"tailnum": None, "air_time": None, "distance": None}),
        ({name: "NA" for name in TIMES if not name.startswith("sched")}, {"is_cancelled": True, "is_diverted": False, "departure": None}),
        ({"arr_delay": "", "arr_time": ""}, {"is_cancelled": False, "is_diverted": True, "arr_delay": None}),
        ({"carrier": " ua ", "origin": "ewr"}, {"carrier": "UA", "origin": "EWR"}),
    ],
)
def test_a_flight_is_typed(rows: Rows, given: dict[str, str], found: dict[str, Any]) -> None:
    [row] = cleaned(rows, given)
    assert row.problems == []
    assert {name: row[name] for name in found} == found


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"day": "32"}, ["bad_date"]),
        ({"year": "x"}, ["bad_date"]),
        ({"month": "2", "day": "29"}, ["bad_date"]),
        ({"year": "2014", "day": "2"}, ["future"]),
        ({"year": "9999", "month": "12", "day": "31", "sched_dep_time": "2400"}, ["future"]),
        ({"sched_dep_time": "1260"}, ["bad_scheduled_departure"]),
        ({"dep_time": "2401"}, ["bad_departure"]),
        ({"dep_time": "NA"}, ["bad_arrival"]),
        ({"arr_time": "noon"}, ["bad_arrival"]),
        ({"dep_delay": "1.5"}, ["bad_delay"]),
        ({"carrier": "UAL"}, ["bad_carrier"]),
        ({"flight": "-1"}, ["bad_flight"]),
        ({"dest": ""}, ["bad_airport"]),
        ({"origin": "BOS"}, ["unknown_zone"]),
        ({"distance": "far"}, ["bad_measure"]),
        ({"malformed": True, "carrier": ""}, ["truncated_or_malformed"]),
        ({"tailnum": "N\ufffd"}, ["encoding"]),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(rows: Rows, given: dict[str, Any], problems: list[str]) -> None:
    [row] = cleaned(rows, given)
    assert (row.problems, row.raw_line) == (problems, "000")


def test_more_airports_have_the_zones_that_are_told(rows: Rows) -> None:
    [row] = cleaned(rows, {"origin": "SFO"}, SFO="America/Los_Angeles")
    assert (row.problems, row.departure_at) == ([], "2013-01-01 13:17:00")


def test_the_order_of_the_lines_changes_nothing_and_none_make_none(orders: Orders, rows: Rows) -> None:
    given = [{**GOOD, "flight": f"{number}", "raw_line": f"{number}", "source_file": "/in/a", "malformed": False} for number in range(6)]
    found = [
        sorted(map(str, clean_flights(frame, zones={}, clock=CLOCK).select(*CLEAN_FLIGHTS.data_columns).collect()))
        for frame in orders(with_line(RAW_FLIGHTS), given)
    ]
    assert found[0] == found[1] == found[2]
    assert cleaned(rows) == []


OF_TIMES = {"scheduled_departure": "2013-01-01 05:15", "scheduled_departure_at": "2013-01-01T10:15:00Z", "departure_at": "2013-01-01T10:17:00Z", "arr_delay": 2}
FLIGHT = {
    **dict.fromkeys(CLEAN_FLIGHTS.key),
    "flight_date": "2013-01-01",
    "carrier": "UA",
    "origin": "EWR",
    "dest": "IAH",
    **OF_TIMES,
    "is_cancelled": False,
    "is_diverted": False,
    **OF_FILE,
}
KEPT = [{**FLIGHT, "flight": number} for number in range(10)]
PLANTED = Planted(
    KEPT,
    {
        "a flight departs, or is cancelled and did neither depart nor arrive": row(is_cancelled=True),
        "a flight is diverted where it departed and has no delay at arrival": row(is_diverted=True),
        "flight_date is the local day of the planned departure": row(flight_date="2013-01-02"),
        "a departure is within a week of the plan": row(departure_at="2013-01-09T10:17:00Z"),
        "a flight is planned once": row(flight=1, tailnum="another"),
    },
)
