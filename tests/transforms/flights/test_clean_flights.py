"""Delivered flights, typed and validated."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.flights.clean_flights import CLEAN_FLIGHTS
from schemas.flights.raw_flights import RAW_FLIGHTS
from tests.conftest import Orders, Rows, assert_rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.flights.clean_flights import clean_flights

DAY = {"year": "2013", "month": "1", "day": "1"}
TIMES = {
    "dep_time": "517",
    "sched_dep_time": "515",
    "dep_delay": "2",
    "arr_time": "830",
    "sched_arr_time": "819",
    "arr_delay": "11",
}
ROUTE = {
    "carrier": "UA",
    "flight": "1545",
    "tailnum": "N14228",
    "origin": "EWR",
    "dest": "IAH",
    "air_time": "227",
    "distance": "1400",
}
GOOD = {**DAY, **TIMES, **ROUTE}
CLOCK = datetime(2013, 12, 30, 12, tzinfo=UTC)

# The same flight, typed: all columns that depend on it.
TYPED: dict[str, Any] = {
    "flight_date": "2013-01-01",
    "carrier": "UA",
    "flight": 1545,
    "tailnum": "N14228",
    "origin": "EWR",
    "dest": "IAH",
    "scheduled_departure": "2013-01-01 05:15",
    "scheduled_departure_at": "2013-01-01 10:15:00",
    "departure": "2013-01-01 05:17",
    "departure_at": "2013-01-01 10:17:00",
    "scheduled_arrival_time": "08:19",
    "arrival_time": "08:30",
    "dep_delay": 2,
    "arr_delay": 11,
    "air_time": 227,
    "distance": 1400,
    "is_cancelled": False,
    "is_diverted": False,
}


def cleaned(rows: Rows, *given: dict[str, Any], **zones: str) -> DataFrame:
    return clean_flights(delivered(rows, RAW_FLIGHTS, GOOD, given), zones=zones, clock=CLOCK)


def on(month: str, day: str, dep_time: str, sched_dep_time: str, dep_delay: str) -> dict[str, str]:
    return {"month": month, "day": day, "dep_time": dep_time, "sched_dep_time": sched_dep_time, "dep_delay": dep_delay}


# Each case: the day, the departure, the scheduled departure and the delay -> departure at the origin, and in UTC.
DEPARTURES = [
    (on("1", "1", "517", "515", "2"), "2013-01-01 05:17", "2013-01-01 10:17:00"),
    (on("7", "1", "517", "515", "2"), "2013-07-01 05:17", "2013-07-01 09:17:00"),
    (on("1", "1", "2400", "2359", "1"), "2013-01-02 00:00", "2013-01-02 05:00:00"),
    (on("1", "1", "10", "2359", "11"), "2013-01-02 00:10", "2013-01-02 05:10:00"),
    (on("1", "1", "2355", "5", "-10"), "2012-12-31 23:55", "2013-01-01 04:55:00"),
    (on("1", "1", "600", "500", "2940"), "2013-01-03 06:00", "2013-01-03 11:00:00"),
    (on("1", "1", "2330", "2330", "0"), "2013-01-01 23:30", "2013-01-02 04:30:00"),
    # The hour that occurs twice: the second one if it fits the delay; the first if no delay fits.
    (on("11", "3", "120", "130", "50"), "2013-11-03 01:20", "2013-11-03 06:20:00"),
    (on("11", "3", "120", "130", "-10"), "2013-11-03 01:20", "2013-11-03 05:20:00"),
    (on("11", "3", "120", "115", "6"), "2013-11-03 01:20", "2013-11-03 05:20:00"),
    # The hour that is skipped.
    (on("3", "10", "310", "155", "15"), "2013-03-10 03:10", "2013-03-10 07:10:00"),
]


def test_a_departure_is_on_the_day_that_fits_plan_and_delay_and_converted_to_utc(rows: Rows) -> None:
    found = cleaned(rows, *(given for given, _, _ in DEPARTURES))
    expected = []
    for number, (given, *departures) in enumerate(DEPARTURES):
        day = f"2013-{given['month']:0>2}-{given['day']:0>2}"
        expected.append([f"{number:03}", day, *departures, []])
    assert_rows(found, "raw_line flight_date departure departure_at problems", expected)


ABSENT = {"departure": None, "departure_at": None, "arrival_time": None, "dep_delay": None, "arr_delay": None}
IN_2014 = {
    "flight_date": "2014-01-01",
    "scheduled_departure": "2014-01-01 05:15",
    "scheduled_departure_at": "2014-01-01 10:15:00",
    "departure": "2014-01-01 05:17",
    "departure_at": "2014-01-01 10:17:00",
}
# The delivered differences from GOOD -> the differences from TYPED.
VALUES: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({}, {}),
    ({"dep_time": "517.0", "dep_delay": "2.0", "arr_delay": "11.0"}, {}),
    ({"arr_time": "2400"}, {"arrival_time": "24:00"}),
    ({"year": "2014"}, IN_2014),
    ({"tailnum": "NA", "air_time": "", "distance": "NaN"}, {"tailnum": None, "air_time": None, "distance": None}),
    ({name: "NA" for name in TIMES if not name.startswith("sched")}, {**ABSENT, "is_cancelled": True}),
    ({"arr_delay": "", "arr_time": ""}, {"arrival_time": None, "arr_delay": None, "is_diverted": True}),
    ({"carrier": " ua ", "origin": "ewr"}, {}),
]


def test_every_column_of_a_flight_is_typed(rows: Rows) -> None:
    expected = [[f"{number:03}", [], *{**TYPED, **typed}.values()] for number, (_, typed) in enumerate(VALUES)]
    assert_rows(cleaned(rows, *(given for given, _ in VALUES)), " ".join(["raw_line", "problems", *TYPED]), expected)


PROBLEMS: list[tuple[dict[str, Any], list[str]]] = [
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
]


def test_a_bad_flight_is_rejected_with_its_reason(rows: Rows) -> None:
    found = cleaned(rows, *(given for given, _ in PROBLEMS))
    expected = [[f"{number:03}", problems] for number, (_, problems) in enumerate(PROBLEMS)]
    assert_rows(found, "raw_line problems", expected)


def test_the_zones_of_more_airports_can_be_given(rows: Rows) -> None:
    found = cleaned(rows, {"origin": "SFO"}, SFO="America/Los_Angeles")
    assert_rows(found, "departure_at problems", [["2013-01-01 13:17:00", []]])


def test_the_order_of_the_lines_changes_nothing(orders: Orders) -> None:
    good = {**GOOD, "source_file": "/in/a", "malformed": False}
    given = [{**good, "flight": f"{number}", "raw_line": f"{number}"} for number in range(6)]
    expected = [[*{**TYPED, "flight": number}.values()] for number in range(6)]
    assert list(TYPED) == CLEAN_FLIGHTS.data_columns
    for frame in orders(with_line(RAW_FLIGHTS), given):
        assert_rows(clean_flights(frame, zones={}, clock=CLOCK), " ".join(TYPED), expected)


def test_no_rows_in_give_no_rows_out(rows: Rows) -> None:
    assert_rows(cleaned(rows), "flight", [])


OF_TIMES = {
    "scheduled_departure": "2013-01-01 05:15",
    "scheduled_departure_at": "2013-01-01T10:15:00Z",
    "departure_at": "2013-01-01T10:17:00Z",
    "arr_delay": 2,
}
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
