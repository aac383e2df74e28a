"""The golden vectors of carts: 24 hours until a cart is abandoned, 7 more days in which it can be recovered."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, assert_rows, event
from tests.marts import MARTS

T = datetime(2019, 10, 1, 10, tzinfo=UTC)
S, H, D = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
CART, REMOVE, PURCHASE = "cart", "remove_from_cart", "purchase"
NOW = timedelta()

# as_of in hours after T: the events by hours after T, and per cart line its start, its status and its adds
CASES = {
    720: {
        "bought after 1 h": ([(CART, NOW), (PURCHASE, H)], [(NOW, "purchased", 1)]),
        "bought after 24 h exactly": ([(CART, NOW), (PURCHASE, 24 * H)], [(NOW, "purchased", 1)]),
        "bought after 24 h and 1 s": ([(CART, NOW), (PURCHASE, 24 * H + S)], [(NOW, "recovered", 1)]),
        "bought after 30 h": ([(CART, NOW), (PURCHASE, 30 * H)], [(NOW, "recovered", 1)]),
        "bought after 8 days exactly": ([(CART, NOW), (PURCHASE, 8 * D)], [(NOW, "recovered", 1)]),
        "bought after 8 days and 1 s": ([(CART, NOW), (PURCHASE, 8 * D + S)], [(NOW, "abandoned", 1)]),
        "bought after 9 days": ([(CART, NOW), (PURCHASE, 9 * D)], [(NOW, "abandoned", 1)]),
        "bought in the second of the add": ([(PURCHASE, NOW), (CART, NOW)], [(NOW, "purchased", 1)]),
        "bought before the add": ([(PURCHASE, -60 * S), (CART, NOW)], [(NOW, "abandoned", 1)]),
        "removed after 1 h": ([(CART, NOW), (REMOVE, H)], [(NOW, "removed", 1)]),
        "removed after 30 h": ([(CART, NOW), (REMOVE, 30 * H)], [(NOW, "abandoned", 1)]),
        "added, removed, added, bought": (
            [(CART, NOW), (REMOVE, H), (CART, 2 * H), (PURCHASE, 3 * H)],
            [(NOW, "removed", 1), (2 * H, "purchased", 1)],
        ),
        "added, bought, added": (
            [(CART, NOW), (PURCHASE, H), (CART, 2 * H)],
            [(NOW, "purchased", 1), (2 * H, "abandoned", 1)],
        ),
        "added again after 72 h": ([(CART, NOW), (CART, 72 * H), (PURCHASE, 73 * H)], [(NOW, "recovered", 2)]),
        "added again after 20 h": ([(CART, NOW), (CART, 20 * H), (PURCHASE, 40 * H)], [(NOW, "purchased", 2)]),
    },
    5: {"only added": ([(CART, NOW)], [(NOW, "open", 1)])},
    100: {"only added": ([(CART, NOW)], [(NOW, "abandoned", 1)])},
}


@pytest.mark.parametrize("hours", CASES)
def test_each_case_has_its_cart_lines(rows: Rows, hours: int) -> None:
    """One visitor per case; the session has the name of the case."""
    given, expected = [], []
    for user, (case, (happened, lines)) in enumerate(CASES[hours].items()):
        for kind, after in happened:
            given.append(event(user_id=user, user_session=case, event_type=kind, event_time=T + after))
        expected += [(case, T + began, status, adds) for began, status, adds in lines]
    found = MARTS[ABANDONED_CARTS].of(rows(CLEAN_EVENTS, given), T + hours * H, "UTC")
    assert_rows(found, "first_session first_cart_at status adds", expected)
