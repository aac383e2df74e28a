"""Visitors per period: cases that are often computed incorrectly."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from tests.conftest import Rows, assert_rows, event
from tests.marts import MARTS

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def counted(rows: Rows, given: list[dict[str, Any]], as_of: datetime = LATER, time_zone: str = "UTC") -> DataFrame:
    return MARTS[UNIQUE_VISITORS].of(rows(CLEAN_EVENTS, given), as_of, time_zone)


def test_a_visitor_counts_once_in_every_period(rows: Rows) -> None:
    monday, sunday = "2019-10-07 10:00:00", "2019-10-13 10:00:00"
    visits = [(1, monday, "view"), (1, monday, "purchase"), (1, sunday, "view"), (2, sunday, "purchase")]
    found = counted(rows, [event(user_id=user, event_time=time, event_type=kind) for user, time, kind in visits])
    expected = [
        ("day", "2019-10-13", 2, 1, 2, 1, 1),
        ("week", "2019-10-07", 2, 2, 4, 2, 0),
        ("month", "2019-10-01", 2, 2, 4, 2, 0),
        ("rolling_7d", "2019-10-13", 2, 2, 4, 2, 0),
    ]
    asserted = found.filter(
        "period_start = '2019-10-13' AND grain IN ('day', 'rolling_7d') OR grain IN ('week', 'month')"
    )
    assert_rows(asserted, "grain period_start visitors buyers events new_visitors returning_visitors", expected)


def test_a_rolling_period_no_longer_counts_a_visitor_after_its_last_day(rows: Rows) -> None:
    times = [f"2019-10-{day} 10:00:00" for day in ("01", "05", "20")]
    found = counted(rows, [event(event_time=time, event_type="purchase") for time in times])
    visitors = [1] * 11 + [0] * 8 + [1]
    events = [1] * 4 + [2] * 3 + [1] * 4 + [0] * 8 + [1]
    days = [f"2019-10-{day:02}" for day in range(1, 21)]
    expected = list(zip(days, visitors, visitors, events, strict=True))
    assert_rows(found.filter("grain = 'rolling_7d'"), "period_start visitors buyers events", expected)


def test_each_day_has_its_sessions_and_a_day_without_events_has_zeros(rows: Rows) -> None:
    """An event without a session belongs to a session of its visitor and UTC day. A shared session counts once."""
    given = [event(user_session=None), event(user_session=None), event(user_session=None, user_id=2), event(user_id=2)]
    given += [event(user_id=user, event_time="2019-10-03 10:00:00") for user in (1, 3)]
    found = counted(rows, given)
    expected = [("2019-10-01", 2, 4, 3, 2, 0), ("2019-10-02", 0, 0, 0, 0, 0), ("2019-10-03", 2, 2, 1, 1, 1)]
    columns = "period_start visitors events sessions new_visitors returning_visitors"
    assert_rows(found.filter("grain = 'day'"), columns, expected)


# time zone: day or week, its first day, events, sessions
MIDNIGHTS = {
    "Europe/Zagreb": [("day", "2019-10-26", 1, 1), ("day", "2019-10-27", 2, 1), ("week", "2019-10-21", 3, 2)],
    "UTC": [("day", "2019-10-26", 2, 1), ("day", "2019-10-27", 1, 1), ("week", "2019-10-21", 3, 2)],
}


@pytest.mark.parametrize("zone", MIDNIGHTS)
def test_a_day_begins_at_midnight_of_the_zone_and_a_session_counts_on_both_sides(rows: Rows, zone: str) -> None:
    times = ["2019-10-26 21:59:59", "2019-10-26 22:00:00", "2019-10-27 22:59:59"]
    found = counted(rows, [event(event_time=time) for time in times], time_zone=zone)
    assert_rows(found.filter("grain IN ('day', 'week')"), "grain period_start events sessions", MIDNIGHTS[zone])


def test_events_at_or_after_as_of_do_not_count(rows: Rows) -> None:
    given = [event(), *(event(event_time="2019-10-02 00:00:00", user_id=user) for user in (1, 2))]
    found = counted(rows, given, as_of=datetime(2019, 10, 2, tzinfo=UTC))
    expected = [("day", "2019-10-01", 1), ("month", "2019-10-01", 1)]
    assert_rows(found.filter("grain IN ('day', 'month')"), "grain period_start visitors", expected)


# as_of: whether each week and the month are partial, the partial days, the complete 28-day periods
PARTIAL = {
    "2019-10-31 23:00:00": [
        *(("week", monday, False) for monday in ("2019-10-07", "2019-10-14", "2019-10-21")),
        *(("week", monday, True) for monday in ("2019-09-30", "2019-10-28")),
        ("month", "2019-10-01", True),
        ("day", "2019-10-31", True),
        *(("rolling_28d", day, False) for day in ("2019-10-28", "2019-10-29", "2019-10-30")),
    ],
    "2019-11-01 00:00:00": [
        *(("week", monday, False) for monday in ("2019-10-07", "2019-10-14", "2019-10-21")),
        *(("week", monday, True) for monday in ("2019-09-30", "2019-10-28")),
        ("month", "2019-10-01", False),
        *(("rolling_28d", day, False) for day in ("2019-10-28", "2019-10-29", "2019-10-30", "2019-10-31")),
    ],
}


@pytest.mark.parametrize("as_of", PARTIAL)
def test_a_period_is_partial_when_the_data_do_not_cover_all_of_it(rows: Rows, as_of: str) -> None:
    given = [event(event_time=f"2019-10-{day:02} 12:00:00") for day in range(1, 32)]
    found = counted(rows, given, as_of=datetime.fromisoformat(as_of).replace(tzinfo=UTC))
    asserted = "grain IN ('week', 'month') OR (grain = 'day' AND partial) OR (grain = 'rolling_28d' AND NOT partial)"
    assert_rows(found.filter(asserted), "grain period_start partial", PARTIAL[as_of])


def test_stickiness_is_the_day_over_its_28_days_once_they_are_complete(rows: Rows) -> None:
    days = [date(2019, 10, 1) + timedelta(days=day) for day in range(28)]
    given = [event(event_time=f"{day} 12:00:00", user_id=1) for day in days]
    given += [event(event_time="2019-10-02 12:00:00", user_id=user) for user in (2, 3)]
    found = counted(rows, given).filter("stickiness IS NOT NULL")
    assert_rows(found, "grain period_start stickiness", [("day", "2019-10-28", 0.333333333333)])


def test_weeks_begin_on_monday_also_over_the_new_year(rows: Rows) -> None:
    found = counted(rows, [event(event_time=f"{day} 12:00:00") for day in ("2019-12-29", "2019-12-30", "2020-01-05")])
    assert_rows(found.filter("grain = 'week'"), "period_start events", [("2019-12-23", 1), ("2019-12-30", 2)])


def test_without_events_there_are_no_periods(rows: Rows) -> None:
    assert counted(rows, []).collect() == []
