"""Brands against their peers, category by category."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows, event
from tests.marts import MARTS

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)
FIRST_PRODUCT = {"acme": 100, "bolt": 200, "corp": 300, None: 900}


def compared(
    rows: Rows, given: list[dict[str, Any]], *, as_of: datetime = AS_OF, time_zone: str = "UTC", level: int = 2
) -> dict[tuple[str, str], Row]:
    found = MARTS[BRAND_CATEGORY_GAPS].of(rows(CLEAN_EVENTS, given), as_of, time_zone, level=level)
    return {(row.brand, row.category): row for row in found.collect()}


def crowd(
    brand: str | None, viewers: int, carters: int, buyers: int, products: int = 1, **given: Any
) -> list[dict[str, Any]]:
    """Visitors of a brand: all view, the first ones cart, the first ones of these buy."""
    of_brand = {"brand": brand, "category_code": "a.b", "event_time": "2019-10-20 10:00:00", "price": "10.00", **given}
    steps = [("view", viewers), ("cart", carters), ("purchase", buyers)]
    return [
        event(event_type=kind, user_id=user, product_id=FIRST_PRODUCT[brand] + user % products, **of_brand)
        for kind, count in steps
        for user in range(count)
    ]


def test_rates_are_of_different_viewers_and_peers_are_all_other_brands_of_the_category(rows: Rows) -> None:
    given = (
        crowd("acme", 10, 4, 2)
        + crowd("acme", 3, 1, 0)
        + crowd("bolt", 20, 5, 1)
        + crowd(None, 20, 15, 9)
        + crowd("corp", 50, 50, 50, category_code="x.y")
    )
    found = compared(rows, given)
    assert set(found) == {("acme", "a.b"), ("bolt", "a.b"), ("corp", "x.y")}
    acme = found["acme", "a.b"]
    assert (acme.viewers, acme.carters, acme.carted_buyers, acme.buyers, acme.v2c, acme.c2p, acme.v2p) == (
        10,
        4,
        2,
        2,
        0.4,
        0.5,
        0.2,
    )
    assert (acme.peers_viewers, acme.peers_carters, acme.v2c_peers, acme.c2p_peers, acme.v2p_peers) == (
        40,
        20,
        0.5,
        0.5,
        0.25,
    )
    assert (acme.v2c_gap, acme.c2p_gap, acme.v2p_gap, acme.revenue, acme.peers_revenue) == (
        -0.1,
        0.0,
        -0.05,
        Decimal("20.00"),
        Decimal("100.00"),
    )
    alone = found["corp", "x.y"]
    assert (alone.peers_viewers, alone.v2c_peers, alone.v2c_gap, alone.v2c_z, alone.primary_class) == (
        0,
        None,
        None,
        None,
        "insufficient_data",
    )


def test_who_bought_without_a_view_is_in_no_rate(rows: Rows) -> None:
    bought = [
        event(event_type=kind, user_id=99, brand="acme", category_code="a.b", event_time="2019-10-20 10:00:00")
        for kind in ("cart", "purchase")
    ]
    acme = compared(rows, crowd("acme", 4, 2, 1) + bought)["acme", "a.b"]
    assert (acme.viewers, acme.carters, acme.buyers, acme.unviewed_buyers, acme.revenue) == (
        4,
        2,
        1,
        1,
        Decimal("11.00"),
    )


def test_a_category_that_is_shorter_than_the_level_is_unknown(rows: Rows) -> None:
    given = (
        crowd("acme", 1, 0, 0, category_code="a")
        + crowd("bolt", 1, 0, 0, category_code=None)
        + crowd("corp", 1, 0, 0, category_code="a.b.c")
    )
    assert set(compared(rows, given)) == {("acme", "(unknown)"), ("bolt", "(unknown)"), ("corp", "a.b")}
    assert set(compared(rows, given, level=1)) == {("acme", "a"), ("bolt", "(unknown)"), ("corp", "a")}


def test_exposure_is_the_share_of_views_over_the_share_of_products(rows: Rows) -> None:
    found = compared(rows, crowd("acme", 10, 0, 0, products=5) + crowd("bolt", 30, 0, 0, products=5))
    assert (found["acme", "a.b"].exposure_index, found["bolt", "a.b"].exposure_index) == (0.5, 1.5)


def test_each_rate_is_judged_where_it_can_be_and_says_nothing_where_not(rows: Rows) -> None:
    given = crowd("acme", 1000, 30, 3) + crowd("bolt", 1000, 100, 50) + crowd("corp", 99, 10, 5)
    found = compared(rows, given)
    acme, corp = found["acme", "a.b"], found["corp", "a.b"]
    assert (acme.v2c_q < 0.05, acme.c2p_q < 0.05, acme.v2p_q < 0.05, acme.insufficient_data) == (
        True,
        True,
        True,
        False,
    )
    assert (corp.v2c_p, corp.v2c_q, corp.c2p_q, corp.v2p_q, corp.insufficient_data) == (None, None, None, None, True)
    assert (corp.checkout_gap, corp.consideration_gap, corp.awareness_gap, corp.primary_class) == (
        None,
        None,
        None,
        "insufficient_data",
    )
    few_bought = compared(rows, crowd("acme", 1000, 30, 1) + crowd("bolt", 1000, 100, 4))["acme", "a.b"]
    assert (few_bought.v2c_q is None, few_bought.c2p_q, few_bought.v2p_q, few_bought.primary_class) == (
        False,
        None,
        None,
        "consideration_gap",
    )


def test_the_first_class_that_holds_is_named_and_all_flags_are_kept(rows: Rows) -> None:
    given = (
        crowd("acme", 400, 100, 10, products=20)
        + crowd("bolt", 1000, 250, 125, products=20)
        + crowd("corp", 1000, 250, 125, products=20)
    )
    acme = compared(rows, given)["acme", "a.b"]
    assert (acme.primary_class, acme.checkout_gap, acme.consideration_gap, acme.awareness_gap) == (
        "checkout_gap",
        True,
        False,
        False,
    )
    shy = compared(rows, crowd("acme", 400, 100, 50, products=20) + crowd("bolt", 1000, 250, 125, products=20))[
        "acme", "a.b"
    ]
    assert (shy.primary_class, shy.exposure_index < 0.8, shy.awareness_gap) == ("awareness_gap", True, True)


def test_days_before_the_period_and_the_day_of_as_of_do_not_count(rows: Rows) -> None:
    days = ["2019-09-30 21:59:59", "2019-09-30 22:00:00", "2019-10-28 22:59:59", "2019-10-28 23:00:00"]
    given = [
        event(brand="acme", category_code="a.b", user_id=number, event_time=time) for number, time in enumerate(days)
    ]
    acme = compared(rows, given, as_of=datetime(2019, 10, 29, 12, tzinfo=UTC), time_zone="Europe/Zagreb")["acme", "a.b"]
    assert (acme.viewers, str(acme.period_start), str(acme.period_end)) == (2, "2019-10-01", "2019-10-28")


def test_no_marketing_is_asked_for_where_sales_cannot_be_told(rows: Rows) -> None:
    given = crowd("acme", 200, 40, 0, products=20) + crowd("bolt", 800, 160, 0, products=20)
    acme = compared(rows, given)["acme", "a.b"]
    assert (acme.exposure_index < 0.8, acme.v2p_q, acme.awareness_gap, acme.insufficient_data, acme.primary_class) == (
        True,
        None,
        None,
        False,
        "healthy",
    )
