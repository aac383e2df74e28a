"""From view to cart to purchase."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import Row

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, event
from transforms.ecommerce.shopping_funnel import shopping_funnel

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)


def funnel(
    rows: Rows, *happened: tuple[str, str], as_of: datetime = AS_OF, time_zone: str = "UTC", **given: Any
) -> dict[tuple[str, str], Row]:
    events = [event(event_time=time, event_type=kind, **given) for kind, time in happened]
    found = shopping_funnel(rows(CLEAN_EVENTS, events), as_of=as_of, time_zone=time_zone, funnel_window_hours=24)
    return {(str(row.day), row.step): row for row in found.collect()}


# what happened to one pair after its view at 2019-10-01 10:00:00, and who entered cart and purchase
CASES: dict[str, tuple[list[tuple[str, str]], tuple[int, int]]] = {
    "carted and bought": ([("cart", "2019-10-01 11:00:00"), ("purchase", "2019-10-01 12:00:00")], (1, 1)),
    "all at one instant": ([("cart", "2019-10-01 10:00:00"), ("purchase", "2019-10-01 10:00:00")], (1, 1)),
    "bought without a cart": ([("purchase", "2019-10-01 12:00:00")], (0, 0)),
    "carted before the view": ([("cart", "2019-10-01 09:00:00"), ("purchase", "2019-10-01 12:00:00")], (0, 0)),
    "bought before the cart": ([("purchase", "2019-10-01 10:30:00"), ("cart", "2019-10-01 11:00:00")], (1, 0)),
    "carted after 24 h exactly": ([("cart", "2019-10-02 10:00:00")], (1, 0)),
    "carted after 24 h and 1 s": ([("cart", "2019-10-02 10:00:01")], (0, 0)),
    "bought after 24 h exactly": ([("cart", "2019-10-02 09:00:00"), ("purchase", "2019-10-02 10:00:00")], (1, 1)),
    "bought after 24 h and 1 s": ([("cart", "2019-10-02 09:00:00"), ("purchase", "2019-10-02 10:00:01")], (1, 0)),
    "removed in between": (
        [
            ("cart", "2019-10-01 11:00:00"),
            ("remove_from_cart", "2019-10-01 11:30:00"),
            ("purchase", "2019-10-01 12:00:00"),
        ],
        (1, 1),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_pair_enters_a_step_in_order_and_in_time(rows: Rows, case: str) -> None:
    happened, expected = CASES[case]
    found = funnel(rows, ("view", "2019-10-01 10:00:00"), *happened)
    assert (found["2019-10-01", "cart"].entered, found["2019-10-01", "purchase"].entered) == expected
    assert found["2019-10-01", "cart"].drop_off == 1 - expected[0]
    assert found["2019-10-01", "purchase"].drop_off == expected[0] - expected[1]


def test_rates_are_of_the_step_before_and_of_the_entry(rows: Rows) -> None:
    views = [event(user_id=user) for user in range(4)]
    carts = [event(user_id=user, event_type="cart", event_time=f"2019-10-01 10:0{user + 1}:00") for user in range(2)]
    bought = [event(user_id=0, event_type="purchase", event_time="2019-10-01 11:00:00")]
    found = shopping_funnel(
        rows(CLEAN_EVENTS, views + carts + bought), as_of=AS_OF, time_zone="UTC", funnel_window_hours=24
    ).collect()
    steps = {
        row.step: (row.entered, row.step_rate, row.overall_rate, row.drop_off, row.pending, row.median_seconds)
        for row in found
    }
    assert steps == {
        "view": (4, None, 1.0, 0, 0, None),
        "cart": (2, 0.5, 0.5, 2, 0, 90.0),
        "purchase": (1, 0.5, 0.25, 1, 0, 3540.0),
    }


def test_who_may_still_come_is_pending_and_has_not_dropped_off(rows: Rows) -> None:
    view = ("view", "2019-10-01 10:00:00")
    for as_of, pending in (
        (datetime(2019, 10, 2, 10, tzinfo=UTC), 1),
        (datetime(2019, 10, 2, 10, 0, 1, tzinfo=UTC), 0),
    ):
        cart = funnel(rows, view, as_of=as_of)["2019-10-01", "cart"]
        assert (cart.pending, cart.drop_off) == (pending, 1 - pending)
        purchase = funnel(rows, view, ("cart", "2019-10-01 11:00:00"), as_of=as_of)["2019-10-01", "purchase"]
        assert (purchase.pending, purchase.drop_off) == (pending, 1 - pending)


def test_a_pair_enters_once_a_day_of_the_zone(rows: Rows) -> None:
    views = [("view", "2019-10-01 10:00:00"), ("view", "2019-10-01 22:30:00"), ("cart", "2019-10-01 23:00:00")]
    assert {key: row.entered for key, row in funnel(rows, *views).items()} == {
        ("2019-10-01", "view"): 1,
        ("2019-10-01", "cart"): 1,
        ("2019-10-01", "purchase"): 0,
    }
    local = funnel(rows, *views, time_zone="Europe/Zagreb")
    assert {key: row.entered for key, row in local.items() if key[1] != "purchase"} == {
        ("2019-10-01", "view"): 1,
        ("2019-10-01", "cart"): 1,
        ("2019-10-02", "view"): 1,
        ("2019-10-02", "cart"): 1,
    }
    assert (local["2019-10-01", "cart"].median_seconds, local["2019-10-02", "cart"].median_seconds) == (
        46_800.0,
        1800.0,
    )
