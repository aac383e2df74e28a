"""The earliest event of every visitor."""

from chispa import assert_df_equality

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from tests.conftest import Orders, Rows, event
from tests.marts import seen

EVENTS = [
    event(user_id=1, event_time="2019-10-02 10:00:00"),
    event(user_id=1, event_time="2019-10-01 23:59:59", event_type="purchase"),
    event(user_id=2, event_time="2019-10-01 10:00:00", product_id=1),
    event(user_id=2, event_time="2019-10-01 10:00:00", product_id=2),
]
SEEN = [
    {"user_id": 1, "first_event_time": "2019-10-01 23:59:59"},
    {"user_id": 2, "first_event_time": "2019-10-01 10:00:00"},
]


def test_a_visitor_is_first_seen_at_the_earliest_event_of_any_kind_in_any_order(orders: Orders, rows: Rows) -> None:
    for events in orders(CLEAN_EVENTS, EVENTS):
        assert_df_equality(
            seen(events),
            rows(VISITOR_FIRST_SEEN, SEEN),
            ignore_row_order=True,
            ignore_nullable=True,
            ignore_metadata=True,
        )


def test_no_events_make_no_visitors(rows: Rows) -> None:
    assert seen(rows(CLEAN_EVENTS, [])).collect() == []
