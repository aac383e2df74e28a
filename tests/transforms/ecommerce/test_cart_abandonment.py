"""Carts per day by line, session and user."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Row

from schemas.ecommerce.cart_abandonment import CART_ABANDONMENT
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, event
from tests.marts import MARTS
from transforms.ecommerce.cart_abandonment import VALUES

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)


def counted(
    rows: Rows, *given: dict[str, Any], as_of: datetime = AS_OF, time_zone: str = "UTC"
) -> dict[tuple[str, str], Row]:
    found = MARTS[CART_ABANDONMENT].of(rows(CLEAN_EVENTS, list(given)), as_of, time_zone)
    return {(str(row.day), row.grain): row for row in found.collect()}


def at(hour: str, kind: str, **given: Any) -> dict[str, Any]:
    return event(event_time=f"2019-10-01 {hour}:00", event_type=kind, **given)


def test_lines_are_counted_by_what_became_of_them(rows: Rows) -> None:
    late = "2019-10-03 10:00:00"
    given = [at("10:00", "cart", product_id=product, price=f"{product}.00") for product in range(1, 5)]
    given += [
        at("11:00", "purchase", product_id=1),
        event(event_type="purchase", event_time=late, product_id=2, price="1.50"),
    ]
    given += [at("11:00", "remove_from_cart", product_id=3)]
    line = counted(rows, *given)["2019-10-01", "line"]
    assert (line.carts, line.purchased, line.recovered, line.removed, line.abandoned, line.open) == (4, 1, 1, 1, 1, 0)
    assert (line.abandonment_rate_final, line.abandonment_rate_initial, line.recovery_rate) == (
        0.333333333333,
        0.666666666667,
        0.5,
    )
    assert (line.value_at_risk, line.left_value, line.abandoned_value, line.recovered_value) == tuple(
        map(Decimal, ("10.00", "6.00", "4.00", "1.50"))
    )


# what happened in one session of one day: (hour, kind, product), and what the session counts as
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


@pytest.mark.parametrize("case", SESSIONS)
def test_a_session_is_abandoned_when_some_product_was_left_in_it(rows: Rows, case: str) -> None:
    happened, expected = SESSIONS[case]
    found = counted(rows, *(at(hour, kind, product_id=product) for hour, kind, product in happened))[
        "2019-10-01", "session"
    ]
    assert (found.carts, {name: found[name] for name in ("purchased", "removed", "abandoned") if found[name]}) == (
        1,
        {expected: 1},
    )
    assert {found[name] for name in ("recovered", "open", "recovery_rate", *VALUES)} == {None}


def test_a_session_ends_at_midnight_and_without_a_cart_it_is_none(rows: Rows) -> None:
    given = [
        at("23:00", "cart"),
        event(event_type="purchase", event_time="2019-10-02 00:10:00"),
        event(event_time="2019-10-03 10:00:00"),
    ]
    found = counted(rows, *given)
    assert [key for key in found if key[1] == "session"] == [("2019-10-01", "session")]
    assert found["2019-10-01", "session"].abandoned == 1
    assert counted(rows, *given, time_zone="Asia/Tokyo")["2019-10-02", "session"].purchased == 1


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["purchase", None], "purchased"),
        (["late purchase", None], "recovered"),
        ([None, "remove_from_cart"], "abandoned"),
        (["remove_from_cart", "remove_from_cart"], "removed"),
    ],
)
def test_a_user_has_one_status_a_day(rows: Rows, kinds: list[str | None], expected: str) -> None:
    given = [at("10:00", "cart", product_id=product) for product in (1, 2)]
    for product, kind in enumerate(kinds, 1):
        if kind == "late purchase":
            given.append(event(event_type="purchase", event_time="2019-10-03 10:00:00", product_id=product))
        elif kind:
            given.append(at("11:00", kind, product_id=product))
    user = counted(rows, *given)["2019-10-01", "user"]
    assert {
        name: user[name] for name in ("carts", "purchased", "recovered", "removed", "abandoned", "open") if user[name]
    } == {"carts": 1, expected: 1}
    assert user.value_at_risk == Decimal("2.00")


def test_a_day_is_final_when_its_last_line_can_no_longer_be_won_back(rows: Rows) -> None:
    end = datetime(2019, 10, 9, 22, tzinfo=UTC)  # of 2019-10-01 in Zagreb, and 8 days
    for as_of, is_final in ((end, True), (end.replace(hour=21, minute=59), False)):
        found = counted(rows, at("10:00", "cart"), as_of=as_of, time_zone="Europe/Zagreb")
        assert {row.final for row in found.values()} == {is_final}


def test_rates_are_null_where_nothing_is_decided(rows: Rows) -> None:
    line = counted(rows, at("10:00", "cart"), at("10:01", "remove_from_cart"))["2019-10-01", "line"]
    assert (line.abandonment_rate_final, line.abandonment_rate_initial, line.recovery_rate) == (None, None, None)
