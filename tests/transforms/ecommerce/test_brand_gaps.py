"""Brands over all their categories."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame

from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from tests.conftest import Rows, assert_rows
from tests.marts import MARTS
from tests.transforms.ecommerce.test_brand_category_gaps import crowd, events_of
from transforms.ecommerce.brand_gaps import brand_gaps

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)


def gaps(rows: Rows, crowds: list[dict[str, Any]]) -> DataFrame:
    return brand_gaps(MARTS[BRAND_CATEGORY_GAPS].of(events_of(rows, crowds), AS_OF, "UTC"))


Visitors = tuple[int, int, int]
# brand, named by its case: per category, its own visitors who view, cart and buy, and those of its peers;
# categories, viewers, carters, buyers, revenue, actual, expected, ratio, missed_buyers, revenue_per_buyer,
# missed_revenue
BRANDS: dict[str, tuple[dict[str, tuple[Visitors, Visitors]], tuple[Any, ...]]] = {
    "sells as its peers": (
        {"a.one": ((100, 20, 5), (200, 60, 20)), "a.two": ((50, 25, 20), (100, 50, 30))},
        (2, 150, 45, 25, "250.00", 25, 25.0, 1.0, 0.0, 10.0, "0.00"),  # expected: 100 x 0.1 + 50 x 0.3
    ),
    "sells less than its peers": (
        {"b.one": ((100, 20, 0), (200, 60, 20)), "b.two": ((50, 25, 20), (100, 50, 30))},
        (2, 150, 45, 20, "200.00", 20, 25.0, 0.8, 5.0, 10.0, "50.00"),
    ),
    "has a category without peers": (
        {"c.one": ((100, 50, 25), (100, 60, 30)), "c.two": ((500, 400, 300), (0, 0, 0))},
        (2, 600, 450, 325, "3250.00", 25, 30.0, 0.833333333333, 5.0, 10.0, "50.00"),
    ),
}


def test_a_brand_is_expected_to_sell_as_its_peers_do_in_each_category_that_has_peers(rows: Rows) -> None:
    """Each case has separate categories, in which its peers have no brand."""
    given = []
    for brand, (categories, _) in BRANDS.items():
        for category, (own, peers) in categories.items():
            given += crowd(brand, *own, category_code=category) + crowd(None, *peers, category_code=category)
    sums = "brand categories viewers carters buyers revenue"
    comparison = "actual expected ratio missed_buyers revenue_per_buyer missed_revenue"
    assert_rows(gaps(rows, given), f"{sums} {comparison}", [(brand, *values) for brand, (_, values) in BRANDS.items()])


def test_a_brand_without_buyers_is_valued_as_its_peers_are(rows: Rows) -> None:
    found = gaps(rows, crowd("acme", 200, 0, 0) + crowd("bolt", 200, 100, 50, price="8.00"))
    columns = "brand ratio missed_buyers revenue_per_buyer missed_revenue rank primary_class"
    assert_rows(found.filter("brand = 'acme'"), columns, [("acme", 0.0, 50.0, 8.0, "400.00", 1, "consideration_gap")])


def test_the_mix_of_its_categories_does_not_count_against_a_brand(rows: Rows) -> None:
    """Both sell as their peers do in each category; only the mix of categories differs (Simpson's paradox)."""
    given = crowd("acme", 900, 90, 45) + crowd("bolt", 300, 30, 15)
    given += crowd("acme", 300, 150, 120, category_code="x.y") + crowd("bolt", 900, 450, 360, category_code="x.y")
    [acme] = gaps(rows, given).filter("brand = 'acme'").collect()
    assert acme.v2c < 0.25
    assert (acme.v2c_z, acme.v2p_z) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert (acme.v2c_q, acme.ratio, acme.primary_class) == (pytest.approx(1), 1.0, "healthy")


def test_brands_rank_by_missed_revenue_then_by_viewers_then_by_name(rows: Rows) -> None:
    given = crowd("corp", 10, 0, 0) + crowd("bolt", 10, 0, 0) + crowd("acme", 20, 0, 0)
    assert_rows(gaps(rows, given), "brand rank", [("acme", 1), ("bolt", 2), ("corp", 3)])
