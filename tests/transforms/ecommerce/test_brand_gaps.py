"""Brands over all their categories."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Row

from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import Rows
from tests.marts import MARTS
from tests.transforms.ecommerce.test_brand_category_gaps import crowd
from transforms.ecommerce.brand_gaps import brand_gaps

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)


def gaps(rows: Rows, given: list[dict[str, Any]]) -> dict[str, Row]:
    pairs = MARTS[BRAND_CATEGORY_GAPS].of(rows(CLEAN_EVENTS, given), AS_OF, "UTC")
    return {row.brand: row for row in brand_gaps(pairs).collect()}


def test_a_brand_is_expected_to_sell_as_its_peers_do_in_each_category(rows: Rows) -> None:
    given = (
        crowd("acme", 100, 20, 5)
        + crowd("bolt", 200, 60, 20)
        + crowd("acme", 50, 25, 20, category_code="x.y")
        + crowd("corp", 100, 50, 30, category_code="x.y")
    )
    acme = gaps(rows, given)["acme"]
    assert (acme.categories, acme.viewers, acme.carters, acme.buyers, acme.revenue) == (
        2,
        150,
        45,
        25,
        Decimal("250.00"),
    )
    assert (acme.actual, acme.expected, acme.ratio, acme.missed_buyers) == (25, 25.0, 1.0, 0.0)  # 100 x 0.1 + 50 x 0.3
    fewer = gaps(rows, given[:120] + given[125:])["acme"]
    assert (fewer.actual, fewer.missed_buyers, fewer.revenue_per_buyer, fewer.missed_revenue) == (
        20,
        5.0,
        10.0,
        Decimal("50.00"),
    )


def test_a_brand_is_not_blamed_for_the_categories_that_it_sells_in(rows: Rows) -> None:
    """Both sell as their peers do in each category; only the mix differs (Simpson's paradox)."""
    given = crowd("acme", 900, 90, 45) + crowd("bolt", 300, 30, 15)
    given += crowd("acme", 300, 150, 120, category_code="x.y") + crowd("bolt", 900, 450, 360, category_code="x.y")
    acme = gaps(rows, given)["acme"]
    assert acme.v2c < 0.25
    assert (acme.v2c_z, acme.v2p_z, acme.v2c_q, acme.ratio) == (
        pytest.approx(0, abs=1e-9),
        pytest.approx(0, abs=1e-9),
        pytest.approx(1),
        1.0,
    )
    assert acme.primary_class == "healthy"


def test_a_brand_without_buyers_is_valued_as_its_peers_are(rows: Rows) -> None:
    acme = gaps(rows, crowd("acme", 200, 0, 0) + crowd("bolt", 200, 100, 50, price="8.00"))["acme"]
    assert (acme.ratio, acme.missed_buyers, acme.revenue_per_buyer, acme.missed_revenue) == (
        0.0,
        50.0,
        8.0,
        Decimal("400.00"),
    )
    assert (acme.rank, acme.primary_class) == (1, "consideration_gap")


def test_a_category_without_peers_is_in_the_sums_and_in_no_comparison(rows: Rows) -> None:
    given = (
        crowd("acme", 100, 50, 25)
        + crowd("bolt", 100, 60, 30)
        + crowd("acme", 500, 400, 300, category_code="only.acme")
    )
    acme = gaps(rows, given)["acme"]
    assert (acme.buyers, acme.actual, acme.expected, acme.missed_buyers) == (325, 25, 30.0, 5.0)


def test_brands_rank_by_what_they_miss_then_by_viewers_then_by_name(rows: Rows) -> None:
    given = crowd("corp", 10, 0, 0) + crowd("bolt", 10, 0, 0) + crowd("acme", 20, 0, 0)
    assert {brand: row.rank for brand, row in gaps(rows, given).items()} == {"acme": 1, "bolt": 2, "corp": 3}
