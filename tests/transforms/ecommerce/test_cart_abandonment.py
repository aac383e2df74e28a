"""Carts per day by line, session and user."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame

from schemas.ecommerce.cart_abandonment import CART_ABANDONMENT
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, assert_rows, event
from tests.marts import MARTS
from transforms.ecommerce.cart_abandonment import VALUES

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)
STATUSES = ("purchased", "recovered", "removed", "abandoned", "open")


def counted(rows: Rows, given: list[dict[str, Any]], as_of: datetime = AS_OF, time_zone: str = "UTC") -> DataFrame:
    return MARTS[CART_ABANDONMENT].of(rows(CLEAN_EVENTS, given), as_of, time_zone)


def at(time: str, kind: str, **given: Any) -> dict[str, Any]:
    return event(event_time=f"2019-10-{time}:00", event_type=kind, **given)


def test_lines_are_counted_by_status_and_a_rate_of_no_lines_is_null(rows: Rows) -> None:
    given = [at("01 10:00", "cart", product_id=product, price=f"{product}.00") for product in range(1, 5)]
    given += [at("01 11:00", "purchase", product_id=1), at("03 10:00", "purchase", product_id=2, price="1.50")]
    given += [at("01 11:00", "remove_from_cart", product_id=3)]
    given += [at("08 10:00", "cart", user_id=2), at("08 10:01", "remove_from_cart", user_id=2)]
    found = counted(rows, given).filter("grain = 'line'")
    rates = "abandonment_rate_final abandonment_rate_initial recovery_rate"
    expected = [
        ("2019-10-01", 4, 1, 1, 1, 1, 0, 0.333333333333, 0.666666666667, 0.5, "10.00", "6.00", "4.00", "1.50"),
        ("2019-10-08", 1, 0, 0, 1, 0, 0, None, None, None, "1.00", "0.00", "0.00", "0.00"),
    ]
    values = "value_at_risk left_value abandoned_value recovered_value"
    assert_rows(found, f"day carts {' '.join(STATUSES)} {rates} {values}", expected)


# events of one session of one day: (hour, kind, product), and the status of the session
SESSIONS = {
    "left": ([("10:00", "cart", 1)], "abandoned"),
    "bought": ([("10:00", "cart", 1), ("10:05", "purchase", 1)], "purchased"),
    "bought at the same instant": ([("10:00", "purchase", 1), ("10:00", "cart", 1)], "purchased"),
    "bought before": ([("09:00", "purchase", 1), ("10:00", "cart", 1)], "abandoned"),
    "removed": ([("10:00", "cart", 1), ("10:05", "remove_from_cart", 1)], "removed"),
    "one bought, one left": ([("10:00", "cart", 1), ("10:00", "cart", 2), ("10:05", "purchase", 1)], "abandoned"),
    "one bought, one removed": (
        [("10:00", "cart", 1), ("10:00", "cart", 2), ("10:05", "purchase", 1), ("10:06", "remove_from_cart", 2)],
        "purchased",
    ),
    "added again after buying": ([("10:00", "cart", 1), ("10:05", "purchase", 1), ("10:06", "cart", 1)], "abandoned"),
    "another product bought": ([("10:00", "cart", 1), ("10:05", "purchase", 2)], "abandoned"),
}


def test_a_session_is_abandoned_when_some_product_was_left_in_it(rows: Rows) -> None:
    """One day and one visitor per case."""
    given, expected = [], []
    for number, (happened, status) in enumerate(SESSIONS.values(), 1):
        given += [
            at(f"{number:02} {hour}", kind, user_id=number, product_id=product) for hour, kind, product in happened
        ]
        counts = [int(one == status) for one in ("purchased", "removed", "abandoned")]
        expected.append((f"2019-10-{number:02}", 1, *counts, *[None] * (3 + len(VALUES))))
    columns = f"day carts purchased removed abandoned recovered open recovery_rate {' '.join(VALUES)}"
    assert_rows(counted(rows, given).filter("grain = 'session'"), columns, expected)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("UTC", ("2019-10-01", 1, 0, 1)), ("Asia/Tokyo", ("2019-10-02", 1, 1, 0))],
)
def test_a_session_ends_at_midnight_and_counts_only_with_a_cart(
    rows: Rows, zone: str, expected: tuple[str, int, int, int]
) -> None:
    given = [at("01 23:00", "cart"), at("02 00:10", "purchase"), at("03 10:00", "view")]
    found = counted(rows, given, time_zone=zone).filter("grain = 'session'")
    assert_rows(found, "day carts purchased abandoned", [expected])


# events by days after a visitor added two products: (day, kind, product), and the visitor's status
USERS = {
    "one bought": ([(0, "purchase", 1)], "purchased"),
    "one bought two days later": ([(2, "purchase", 1)], "recovered"),
    "one removed": ([(0, "remove_from_cart", 2)], "abandoned"),
    "both removed": ([(0, "remove_from_cart", 1), (0, "remove_from_cart", 2)], "removed"),
}


def test_a_user_has_one_status_a_day(rows: Rows) -> None:
    """One day and one visitor per case."""
    given, expected = [], []
    for day, (happened, status) in enumerate(USERS.values(), 1):
        given += [at(f"{day:02} 10:00", "cart", user_id=day, product_id=product) for product in (1, 2)]
        given += [
            at(f"{day + later:02} 11:00", kind, user_id=day, product_id=product) for later, kind, product in happened
        ]
        expected.append((f"2019-10-{day:02}", 1, *(int(one == status) for one in STATUSES), "2.00"))
    assert_rows(
        counted(rows, given).filter("grain = 'user'"), f"day carts {' '.join(STATUSES)} value_at_risk", expected
    )


@pytest.mark.parametrize(("as_of", "is_final"), [("2019-10-09 22:00", True), ("2019-10-09 21:59", False)])
def test_a_day_is_final_when_its_last_line_can_no_longer_be_recovered(rows: Rows, as_of: str, is_final: bool) -> None:
    """As_of is 8 days after the end of 2019-10-01 in Zagreb."""
    instant = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    found = counted(rows, [at("01 10:00", "cart")], instant, "Europe/Zagreb")
    assert_rows(found, "grain final", [(grain, is_final) for grain in ("line", "session", "user")])
