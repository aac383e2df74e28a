"""The earliest event of every visitor."""

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Orders, Rows, assert_rows, event
from tests.marts import seen

EVENTS = [
    event(user_id=1, event_time="2019-10-02 10:00:00"),
    event(user_id=1, event_time="2019-10-01 23:59:59", event_type="purchase"),
    event(user_id=2, event_time="2019-10-01 10:00:00", product_id=1),
    event(user_id=2, event_time="2019-10-01 10:00:00", product_id=2),
]
SEEN = [(1, "2019-10-01 23:59:59"), (2, "2019-10-01 10:00:00")]


def test_a_visitor_is_first_seen_at_the_earliest_event_of_any_kind_in_any_order(orders: Orders) -> None:
    for events in orders(CLEAN_EVENTS, EVENTS):
        assert_rows(seen(events), "user_id first_event_time", SEEN)


def test_without_events_there_are_no_visitors(rows: Rows) -> None:
    assert seen(rows(CLEAN_EVENTS, [])).collect() == []
