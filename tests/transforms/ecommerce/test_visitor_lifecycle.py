"""Visitors per week and state."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_lifecycle import VISITOR_LIFECYCLE
from schemas.ecommerce.vocabulary import LIFECYCLE_STATES
from tests.conftest import Rows, assert_rows, event
from tests.marts import MARTS

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def counted(rows: Rows, given: list[dict[str, Any]], as_of: datetime = LATER, time_zone: str = "UTC") -> DataFrame:
    return MARTS[VISITOR_LIFECYCLE].of(rows(CLEAN_EVENTS, given), as_of, time_zone)


def assert_states(found: DataFrame, expected: Mapping[str, Mapping[str, int]]) -> None:
    """Compare with week -> state -> visitors, where omitted states count 0."""
    weeks = [(week, state, of_week.get(state, 0)) for week, of_week in expected.items() for state in LIFECYCLE_STATES]
    assert_rows(found, "week state visitors", weeks)


def test_a_visitor_is_new_retained_churned_and_resurrected(rows: Rows) -> None:
    found = counted(rows, [event(event_time=f"2019-10-{day} 10:00:00") for day in ("01", "08", "30")])
    expected: dict[str, dict[str, int]] = {
        "2019-09-30": {"new": 1},
        "2019-10-07": {"retained": 1},
        "2019-10-14": {"churned": 1},
        "2019-10-21": {},
        "2019-10-28": {"resurrected": 1},
    }
    assert_states(found, expected)


def test_each_visitor_counts_separately_and_once_a_week(rows: Rows) -> None:
    visits = [(1, "01"), (1, "02"), (2, "01"), (2, "09"), (3, "09")]
    found = counted(rows, [event(user_id=user, event_time=f"2019-10-{day} 10:00:00") for user, day in visits])
    assert_states(found, {"2019-09-30": {"new": 2}, "2019-10-07": {"new": 1, "retained": 1, "churned": 1}})


WEEKS = {"Europe/Zagreb": {"2019-09-30": {"new": 1}, "2019-10-07": {"retained": 1}}, "UTC": {"2019-09-30": {"new": 1}}}


@pytest.mark.parametrize("zone", WEEKS)
def test_a_week_begins_at_midnight_of_the_zone_and_no_visitor_churns_in_a_future_week(rows: Rows, zone: str) -> None:
    given = [event(event_time="2019-10-06 21:59:59"), event(event_time="2019-10-06 22:00:00")]
    assert_states(counted(rows, given, time_zone=zone), WEEKS[zone])


def test_a_week_is_partial_when_the_data_do_not_cover_all_of_it(rows: Rows) -> None:
    given = [event(event_time=f"2019-10-{day} 10:00:00") for day in ("01", "08", "15")]
    found = counted(rows, given, as_of=datetime(2019, 10, 20, 23, tzinfo=UTC)).select("week", "partial").distinct()
    assert_rows(found, "week partial", [("2019-09-30", True), ("2019-10-07", False), ("2019-10-14", True)])


def test_events_at_or_after_as_of_do_not_count(rows: Rows) -> None:
    given = [event(), *(event(event_time="2019-10-08 00:00:00", user_id=user) for user in (1, 2))]
    assert_states(counted(rows, given, as_of=datetime(2019, 10, 8, tzinfo=UTC)), {"2019-09-30": {"new": 1}})
