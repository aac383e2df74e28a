"""The golden vectors of carts: 24 hours until a cart is abandoned, 7 days more to win it back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, event
from tests.marts import MARTS

T = datetime(2019, 10, 1, 10, tzinfo=UTC)
AFTER = {
    "at once": 0,
    "1 h": 3600,
    "20 h": 72_000,
    "24 h": 86_400,
    "24 h 1 s": 86_401,
    "30 h": 108_000,
    "40 h": 144_000,
    "72 h": 259_200,
    "73 h": 262_800,
}
AFTER |= {"before": -60, "8 d": 691_200, "8 d 1 s": 691_201, "9 d": 777_600, "2 h": 7200, "3 h": 10_800}

# case: what happened when after the first add, as_of in hours after it, and the status of each cart line with its adds
CASES: dict[str, tuple[list[tuple[str, str]], float, list[tuple[str, int]]]] = {
    "bought after 1 h": ([("cart", "at once"), ("purchase", "1 h")], 720, [("purchased", 1)]),
    "nothing, looked at after 5 h": ([("cart", "at once")], 5, [("open", 1)]),
    "nothing, looked at after 100 h": ([("cart", "at once")], 100, [("abandoned", 1)]),
    "bought after 24 h exactly": ([("cart", "at once"), ("purchase", "24 h")], 720, [("purchased", 1)]),
    "bought after 24 h and 1 s": ([("cart", "at once"), ("purchase", "24 h 1 s")], 720, [("recovered", 1)]),
    "bought after 30 h": ([("cart", "at once"), ("purchase", "30 h")], 720, [("recovered", 1)]),
    "bought after 9 days": ([("cart", "at once"), ("purchase", "9 d")], 720, [("abandoned", 1)]),
    "removed after 1 h": ([("cart", "at once"), ("remove_from_cart", "1 h")], 720, [("removed", 1)]),
    "removed after 30 h": ([("cart", "at once"), ("remove_from_cart", "30 h")], 720, [("abandoned", 1)]),
    "added, removed, added, bought": (
        [("cart", "at once"), ("remove_from_cart", "1 h"), ("cart", "2 h"), ("purchase", "3 h")],
        720,
        [("removed", 1), ("purchased", 1)],
    ),
    "added, bought, added": (
        [("cart", "at once"), ("purchase", "1 h"), ("cart", "2 h")],
        720,
        [("purchased", 1), ("abandoned", 1)],
    ),
    "added again after 72 h, bought after 73 h": (
        [("cart", "at once"), ("cart", "72 h"), ("purchase", "73 h")],
        720,
        [("recovered", 2)],
    ),
    "added again after 20 h, bought after 40 h": (
        [("cart", "at once"), ("cart", "20 h"), ("purchase", "40 h")],
        720,
        [("purchased", 2)],
    ),
    "added and bought in the same second": ([("purchase", "at once"), ("cart", "at once")], 720, [("purchased", 1)]),
    "bought before it was added": ([("purchase", "before"), ("cart", "at once")], 720, [("abandoned", 1)]),
    "bought after 8 days exactly": ([("cart", "at once"), ("purchase", "8 d")], 720, [("recovered", 1)]),
    "bought after 8 days and 1 s": ([("cart", "at once"), ("purchase", "8 d 1 s")], 720, [("abandoned", 1)]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_becomes_of_a_cart(rows: Rows, case: str) -> None:
    happened, hours, expected = CASES[case]
    events: list[dict[str, Any]] = [
        event(event_type=kind, event_time=T + timedelta(seconds=AFTER[when])) for kind, when in happened
    ]
    as_of = T + timedelta(hours=hours)
    found = MARTS[ABANDONED_CARTS].of(rows(CLEAN_EVENTS, events), as_of, "UTC")
    assert [(row.status, row.adds) for row in found.orderBy("first_cart_at").collect()] == expected
