"""What a visitor did on a day."""

from datetime import UTC, datetime

import pytest

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_days import VISITOR_DAYS
from tests.conftest import Rows, assert_rows, event
from tests.marts import MARTS

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_session_that_visitors_share_counts_once_a_day_for_the_smallest(rows: Rows) -> None:
    visits = [(2, "01", "view", "s"), (1, "01", "purchase", "s"), (1, "01", "view", None), (2, "02", "purchase", "s")]
    given = [
        event(user_id=user, event_time=f"2019-10-{day} 10:00:00", event_type=kind, user_session=session)
        for user, day, kind, session in visits
    ]
    found = MARTS[VISITOR_DAYS].of(rows(CLEAN_EVENTS, given), LATER, "UTC")
    expected = [("2019-10-01", 1, 2, 1, 2), ("2019-10-01", 2, 1, 0, 0), ("2019-10-02", 2, 1, 1, 1)]
    assert_rows(found, "day user_id events purchases sessions", expected)


# time zone: day, events, sessions
MIDNIGHTS = {
    "Europe/Zagreb": [("2019-10-26", 1, 1), ("2019-10-27", 1, 1)],
    "UTC": [("2019-10-26", 2, 1)],
}


@pytest.mark.parametrize("zone", MIDNIGHTS)
def test_a_day_begins_at_midnight_of_the_zone_and_a_session_counts_on_both_sides(rows: Rows, zone: str) -> None:
    given = [event(event_time=time) for time in ("2019-10-26 21:59:59", "2019-10-26 22:00:00")]
    found = MARTS[VISITOR_DAYS].of(rows(CLEAN_EVENTS, given), LATER, zone)
    assert_rows(found, "day events sessions", MIDNIGHTS[zone])


def test_events_at_or_after_as_of_do_not_count(rows: Rows) -> None:
    given = [event(event_time="2019-10-01 23:59:59"), event(event_time="2019-10-02 00:00:00")]
    found = MARTS[VISITOR_DAYS].of(rows(CLEAN_EVENTS, given), datetime(2019, 10, 2, tzinfo=UTC), "UTC")
    assert_rows(found, "day events", [("2019-10-01", 1)])
