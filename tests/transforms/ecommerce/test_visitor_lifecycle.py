"""Visitors per week and state."""

from datetime import UTC, datetime

from pyspark.sql import DataFrame

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_lifecycle import VISITOR_LIFECYCLE
from tests.conftest import Rows, event
from tests.marts import MARTS

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def states(events: DataFrame, as_of: datetime = LATER, time_zone: str = "UTC") -> dict[str, dict[str, int]]:
    """week -> state -> visitors, without the zeros."""
    found: dict[str, dict[str, int]] = {}
    for row in MARTS[VISITOR_LIFECYCLE].of(events, as_of, time_zone).orderBy("week").collect():
        found.setdefault(str(row.week), {}).update({row.state: row.visitors} if row.visitors else {})
    return found


def test_a_visitor_is_new_stays_leaves_and_comes_back(rows: Rows) -> None:
    days = ["2019-10-01", "2019-10-08", "2019-10-30"]
    assert states(rows(CLEAN_EVENTS, [event(event_time=f"{day} 10:00:00") for day in days])) == {
        "2019-09-30": {"new": 1},
        "2019-10-07": {"retained": 1},
        "2019-10-14": {"churned": 1},
        "2019-10-21": {},
        "2019-10-28": {"resurrected": 1},
    }


def test_each_visitor_counts_by_itself_and_once_a_week(rows: Rows) -> None:
    visits = [(1, "2019-10-01"), (1, "2019-10-02"), (2, "2019-10-01"), (2, "2019-10-09"), (3, "2019-10-09")]
    found = states(rows(CLEAN_EVENTS, [event(user_id=user, event_time=f"{day} 10:00:00") for user, day in visits]))
    assert found == {"2019-09-30": {"new": 2}, "2019-10-07": {"new": 1, "retained": 1, "churned": 1}}


def test_nobody_churns_in_a_week_that_has_not_come(rows: Rows) -> None:
    assert states(rows(CLEAN_EVENTS, [event()])) == {"2019-09-30": {"new": 1}}


def test_weeks_begin_at_midnight_of_the_zone(rows: Rows) -> None:
    events = rows(CLEAN_EVENTS, [event(event_time="2019-10-06 21:59:59"), event(event_time="2019-10-06 22:00:00")])
    assert states(events, time_zone="Europe/Zagreb") == {"2019-09-30": {"new": 1}, "2019-10-07": {"retained": 1}}
    assert states(events) == {"2019-09-30": {"new": 1}}


def test_a_week_is_partial_when_the_data_do_not_hold_all_of_it(rows: Rows) -> None:
    events = rows(CLEAN_EVENTS, [event(event_time=f"2019-10-{day:02} 10:00:00") for day in (1, 8, 15)])
    found = MARTS[VISITOR_LIFECYCLE].of(events, datetime(2019, 10, 20, 23, tzinfo=UTC), "UTC").collect()
    assert {str(row.week) for row in found if row.partial} == {"2019-09-30", "2019-10-14"}
    assert {str(row.week) for row in found if not row.partial} == {"2019-10-07"}


def test_events_at_or_after_as_of_are_not_there_yet(rows: Rows) -> None:
    events = rows(
        CLEAN_EVENTS,
        [event(), event(event_time="2019-10-08 00:00:00"), event(event_time="2019-10-08 00:00:00", user_id=2)],
    )
    assert states(events, as_of=datetime(2019, 10, 8, tzinfo=UTC)) == {"2019-09-30": {"new": 1}}
