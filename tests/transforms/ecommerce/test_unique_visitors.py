"""Visitors per period: the cases that people get wrong."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from tests.conftest import Rows, event
from tests.marts import MARTS

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def counted(events: DataFrame, as_of: datetime = LATER, time_zone: str = "UTC") -> dict[tuple[str, str], Any]:
    found = MARTS[UNIQUE_VISITORS].of(events, as_of, time_zone).collect()
    return {(row.grain, str(row.period_start)): row for row in found}


def test_a_visitor_counts_once_in_every_period(rows: Rows) -> None:
    monday, sunday = "2019-10-07 10:00:00", "2019-10-13 10:00:00"
    visits = [(1, monday, "view"), (1, monday, "purchase"), (1, sunday, "view"), (2, sunday, "purchase")]
    found = counted(
        rows(CLEAN_EVENTS, [event(user_id=user, event_time=time, event_type=kind) for user, time, kind in visits])
    )
    week, month, last_7 = found["week", "2019-10-07"], found["month", "2019-10-01"], found["rolling_7d", "2019-10-13"]
    assert [
        (row.visitors, row.buyers, row.events, row.new_visitors, row.returning_visitors)
        for row in (week, month, last_7)
    ] == [(2, 2, 4, 2, 0)] * 3
    day = found["day", "2019-10-13"]
    assert (day.visitors, day.buyers, day.events, day.new_visitors, day.returning_visitors) == (2, 1, 2, 1, 1)


def test_a_rolling_period_lets_go_of_a_visitor_after_its_last_day(rows: Rows) -> None:
    times = ["2019-10-01 10:00:00", "2019-10-05 10:00:00", "2019-10-20 10:00:00"]
    found = counted(rows(CLEAN_EVENTS, [event(user_id=1, event_time=time, event_type="purchase") for time in times]))
    by_day = [found["rolling_7d", str(date(2019, 10, 1) + timedelta(days=day))] for day in range(20)]
    assert [row.visitors for row in by_day] == [1] * 11 + [0] * 8 + [1]
    assert [row.buyers for row in by_day] == [1] * 11 + [0] * 8 + [1]
    assert [row.events for row in by_day] == [1] * 4 + [2] * 3 + [1] * 4 + [0] * 8 + [1]


def test_days_without_events_are_there_with_zero(rows: Rows) -> None:
    found = counted(
        rows(CLEAN_EVENTS, [event(event_time="2019-10-01 10:00:00"), event(event_time="2019-10-03 10:00:00")])
    )
    empty = found["day", "2019-10-02"]
    assert (empty.visitors, empty.events, empty.sessions, empty.new_visitors, empty.returning_visitors) == (
        0,
        0,
        0,
        0,
        0,
    )


def test_midnight_is_that_of_the_zone_and_a_session_counts_on_both_sides(rows: Rows) -> None:
    events = rows(
        CLEAN_EVENTS,
        [
            event(event_time="2019-10-26 21:59:59"),
            event(event_time="2019-10-26 22:00:00"),
            event(event_time="2019-10-27 22:59:59"),
        ],
    )
    local = counted(events, time_zone="Europe/Zagreb")
    assert [(local["day", day].events, local["day", day].sessions) for day in ("2019-10-26", "2019-10-27")] == [
        (1, 1),
        (2, 1),
    ]
    assert local["week", "2019-10-21"].sessions == 2
    utc = counted(events)
    assert [utc["day", day].events for day in ("2019-10-26", "2019-10-27")] == [2, 1]


def test_an_event_without_a_session_is_a_session_of_its_visitor_and_utc_day(rows: Rows) -> None:
    given = [
        event(user_session=None),
        event(user_session=None),
        event(user_session=None, user_id=2),
        event(user_session="s", user_id=2),
    ]
    assert counted(rows(CLEAN_EVENTS, given))["day", "2019-10-01"].sessions == 3


def test_a_session_of_two_visitors_is_one_session(rows: Rows) -> None:
    assert counted(rows(CLEAN_EVENTS, [event(user_id=1), event(user_id=2)]))["day", "2019-10-01"].sessions == 1


def test_events_at_or_after_as_of_are_not_there_yet(rows: Rows) -> None:
    events = rows(
        CLEAN_EVENTS,
        [event(), event(event_time="2019-10-02 00:00:00"), event(event_time="2019-10-02 00:00:00", user_id=2)],
    )
    found = counted(events, as_of=datetime(2019, 10, 2, tzinfo=UTC))
    assert {start for grain, start in found if grain == "day"} == {"2019-10-01"}
    assert found["month", "2019-10-01"].visitors == 1


def test_a_period_is_partial_when_the_data_do_not_hold_all_of_it(rows: Rows) -> None:
    times = [f"2019-10-{day:02} 12:00:00" for day in range(1, 32)]
    events = rows(CLEAN_EVENTS, [event(event_time=time) for time in times])
    found = counted(events, as_of=datetime(2019, 10, 31, 23, tzinfo=UTC))
    partial = {key for key, row in found.items() if row.partial}
    whole_weeks = {("week", "2019-10-07"), ("week", "2019-10-14"), ("week", "2019-10-21")}
    assert {key for key in found if key[0] == "week"} - partial == whole_weeks
    assert ("month", "2019-10-01") in partial
    assert {start for grain, start in partial if grain == "day"} == {"2019-10-31"}
    assert {start for grain, start in found.keys() - partial if grain == "rolling_28d"} == {
        "2019-10-28",
        "2019-10-29",
        "2019-10-30",
    }
    assert not counted(events, as_of=datetime(2019, 11, 1, tzinfo=UTC))["month", "2019-10-01"].partial


def test_stickiness_is_the_day_over_its_28_days_once_they_are_whole(rows: Rows) -> None:
    days = [date(2019, 10, 1) + timedelta(days=day) for day in range(28)]
    given = [event(event_time=f"{day} 12:00:00", user_id=1) for day in days] + [
        event(event_time="2019-10-02 12:00:00", user_id=user) for user in (2, 3)
    ]
    found = counted(rows(CLEAN_EVENTS, given))
    assert found["day", "2019-10-27"].stickiness is None
    assert found["day", "2019-10-28"].stickiness == 0.333333333333
    assert {row.stickiness for (grain, _), row in found.items() if grain != "day"} == {None}


def test_weeks_begin_on_monday_also_over_the_new_year(rows: Rows) -> None:
    found = counted(
        rows(
            CLEAN_EVENTS,
            [
                event(event_time="2019-12-29 12:00:00"),
                event(event_time="2019-12-30 12:00:00"),
                event(event_time="2020-01-05 12:00:00"),
            ],
        )
    )
    assert {start: row.events for (grain, start), row in found.items() if grain == "week"} == {
        "2019-12-23": 1,
        "2019-12-30": 2,
    }


def test_no_events_make_no_periods(rows: Rows) -> None:
    assert counted(rows(CLEAN_EVENTS, [])) == {}
