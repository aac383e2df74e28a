"""From view to cart to purchase."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, assert_rows, event
from transforms.ecommerce.shopping_funnel import shopping_funnel

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)


def funnel(rows: Rows, given: list[dict[str, Any]], as_of: datetime = AS_OF, time_zone: str = "UTC") -> DataFrame:
    return shopping_funnel(rows(CLEAN_EVENTS, given), as_of=as_of, time_zone=time_zone, funnel_window_hours=24)


S, H = timedelta(seconds=1), timedelta(hours=1)
# events of a pair by the time after its view, and the numbers that entered cart and purchase
CASES = {
    "carted and bought": ([("cart", H), ("purchase", 2 * H)], (1, 1)),
    "all at one instant": ([("cart", 0 * H), ("purchase", 0 * H)], (1, 1)),
    "bought without a cart": ([("purchase", 2 * H)], (0, 0)),
    "carted before the view": ([("cart", -H), ("purchase", 2 * H)], (0, 0)),
    "bought before the cart": ([("purchase", H / 2), ("cart", H)], (1, 0)),
    "carted after 24 h exactly": ([("cart", 24 * H)], (1, 0)),
    "carted after 24 h and 1 s": ([("cart", 24 * H + S)], (0, 0)),
    "bought after 24 h exactly": ([("cart", 23 * H), ("purchase", 24 * H)], (1, 1)),
    "bought after 24 h and 1 s": ([("cart", 23 * H), ("purchase", 24 * H + S)], (1, 0)),
    "removed in between": ([("cart", H), ("remove_from_cart", 1.5 * H), ("purchase", 2 * H)], (1, 1)),
}


def test_a_pair_enters_a_step_in_order_and_in_time(rows: Rows) -> None:
    """One visitor per case, who views on a separate day."""
    given, expected = [], []
    for number, (happened, (carted, bought)) in enumerate(CASES.values()):
        view = datetime(2019, 10, 1 + number, 10, tzinfo=UTC)
        for kind, after in [("view", 0 * H), *happened]:
            given.append(event(user_id=number, event_type=kind, event_time=view + after))
        steps = [("view", 1, 0), ("cart", carted, 1 - carted), ("purchase", bought, carted - bought)]
        expected += [(f"{view:%F}", *step) for step in steps]
    assert_rows(funnel(rows, given), "day step entered drop_off", expected)


def test_rates_are_of_the_step_before_and_of_the_entry(rows: Rows) -> None:
    given = [event(user_id=user) for user in range(4)]
    given += [event(user_id=user, event_type="cart", event_time=f"2019-10-01 10:0{user + 1}:00") for user in range(2)]
    given += [event(user_id=0, event_type="purchase", event_time="2019-10-01 11:00:00")]
    expected = [
        ("view", 4, None, 1.0, 0, 0, None),
        ("cart", 2, 0.5, 0.5, 2, 0, 90.0),
        ("purchase", 1, 0.5, 0.25, 1, 0, 3540.0),
    ]
    assert_rows(funnel(rows, given), "step entered step_rate overall_rate drop_off pending median_seconds", expected)


@pytest.mark.parametrize(("late", "pending"), [(timedelta(), 1), (S, 0)], ids=["24 h", "24 h and 1 s"])
def test_a_pair_whose_window_is_open_is_pending_and_has_not_dropped_off(
    rows: Rows, late: timedelta, pending: int
) -> None:
    """One visitor has only viewed; another has viewed and added to the cart."""
    given = [event(user_id=1), event(user_id=2), event(user_id=2, event_type="cart", event_time="2019-10-01 11:00:00")]
    found = funnel(rows, given, as_of=datetime(2019, 10, 2, 10, tzinfo=UTC) + late)
    expected = [("view", 2, 0, 0), ("cart", 1, pending, 1 - pending), ("purchase", 0, pending, 1 - pending)]
    assert_rows(found, "step entered pending drop_off", expected)


# time zone: day, step, number that entered, median of seconds since the previous step
ENTERED = {
    "UTC": [("2019-10-01", "view", 1, None), ("2019-10-01", "cart", 1, 46_800.0), ("2019-10-01", "purchase", 0, None)],
    "Europe/Zagreb": [
        ("2019-10-01", "view", 1, None),
        ("2019-10-01", "cart", 1, 46_800.0),
        ("2019-10-01", "purchase", 0, None),
        ("2019-10-02", "view", 1, None),
        ("2019-10-02", "cart", 1, 1800.0),
        ("2019-10-02", "purchase", 0, None),
    ],
}


@pytest.mark.parametrize("zone", ENTERED)
def test_a_pair_enters_once_per_day_of_the_zone(rows: Rows, zone: str) -> None:
    happened = [("view", "2019-10-01 10:00:00"), ("view", "2019-10-01 22:30:00"), ("cart", "2019-10-01 23:00:00")]
    found = funnel(rows, [event(event_type=kind, event_time=time) for kind, time in happened], time_zone=zone)
    assert_rows(found, "day step entered median_seconds", ENTERED[zone])
