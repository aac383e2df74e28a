"""Brands compared with their peers, category by category."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.brand_category_gaps import BRAND_CATEGORY_GAPS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.vocabulary import RATES
from schemas.table import Column, Table
from tests.conftest import Rows, assert_rows, event
from tests.marts import MARTS

AS_OF = datetime(2019, 11, 1, tzinfo=UTC)
FIRST_PRODUCT: dict[str | None, int] = {"acme": 100, "bolt": 200, "corp": 300, None: 900}
_KINDS = {"category_code": "string", "brand": "string", "event_type": "string", "price": "decimal(18,2)"}
_NUMBERS = ("first_user", "visitors", "first_product", "products")
CROWDS = Table(
    "tests.crowds",
    "one row per crowd and event type",
    tuple(Column(name, kind, "") for name, kind in {**_KINDS, **dict.fromkeys(_NUMBERS, "bigint")}.items()),
)


def crowd(brand: str | None, viewers: int, carters: int, buyers: int, **given: Any) -> list[dict[str, Any]]:
    """Visitors of a brand: all view, the first of them add to the cart, the first of those buy."""
    usual = {"category_code": "a.b", "price": "10.00", "first_user": 0, "products": 1, **given}
    of_brand = {**usual, "brand": brand, "first_product": FIRST_PRODUCT.get(brand, 500)}
    steps = {"view": viewers, "cart": carters, "purchase": buyers}
    return [{**of_brand, "event_type": kind, "visitors": visitors} for kind, visitors in steps.items() if visitors]


def events_of(rows: Rows, crowds: list[dict[str, Any]]) -> DataFrame:
    """One event per visitor, spread over the products of the brand. Spark generates the rows from a few."""
    visitors = F.explode(F.expr("sequence(first_user, first_user + visitors - 1)"))
    made = {
        "product_id": F.expr("first_product + user_id % products"),
        "event_time": F.lit("2019-10-20 10:00:00").cast("timestamp"),
        "user_session": F.lit("s"),
    }
    each = rows(CROWDS, crowds).withColumn("user_id", visitors).withColumns(made)
    return rows(CLEAN_EVENTS, []).unionByName(each.drop(*_NUMBERS), allowMissingColumns=True)


def compared(rows: Rows, crowds: list[dict[str, Any]], level: int = 2) -> DataFrame:
    return MARTS[BRAND_CATEGORY_GAPS].of(events_of(rows, crowds), AS_OF, "UTC", level=level)


def test_rates_are_of_different_viewers_and_peers_are_all_other_brands_of_the_category(rows: Rows) -> None:
    """Events without a brand count as peers and have no row. A buyer without a view is in no rate."""
    given = crowd("acme", 10, 4, 2) + crowd("acme", 3, 1, 0) + crowd("bolt", 20, 5, 1) + crowd(None, 20, 15, 9)
    given += crowd("corp", 50, 50, 50, category_code="x.y")
    given += crowd("acme", 4, 2, 1, category_code="u.v")
    given += crowd("acme", 0, 1, 1, category_code="u.v", first_user=99, price="1.00")
    found = compared(rows, given)
    counts = "brand category viewers carters carted_buyers buyers unviewed_buyers revenue v2c c2p v2p"
    peers = "peers_viewers peers_carters peers_revenue v2c_peers c2p_peers v2p_peers v2c_gap c2p_gap v2p_gap"
    # 19 of 30, 11 of 19, 11 of 30
    bolts_peers = (0.633333333333, 0.578947368421, 0.366666666667, -0.383333333333, -0.378947368421, -0.316666666667)
    no_peers = (0, 0, "0.00", None, None, None, None, None, None)
    expected = [
        ("acme", "a.b", 10, 4, 2, 2, 0, "20.00", 0.4, 0.5, 0.2, 40, 20, "100.00", 0.5, 0.5, 0.25, -0.1, 0.0, -0.05),
        ("bolt", "a.b", 20, 5, 1, 1, 0, "10.00", 0.25, 0.2, 0.05, 30, 19, "110.00", *bolts_peers),
        ("corp", "x.y", 50, 50, 50, 50, 0, "500.00", 1.0, 1.0, 1.0, *no_peers),
        ("acme", "u.v", 4, 2, 1, 1, 1, "11.00", 0.5, 0.5, 0.25, *no_peers),
    ]
    assert_rows(found, f"{counts} {peers}", expected)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (2, [("acme", "(unknown)"), ("bolt", "(unknown)"), ("corp", "a.b")]),
        (1, [("acme", "a"), ("bolt", "(unknown)"), ("corp", "a")]),
    ],
)
def test_a_category_that_is_shorter_than_the_level_is_unknown(
    rows: Rows, level: int, expected: list[tuple[str, str]]
) -> None:
    given = crowd("acme", 1, 0, 0, category_code="a") + crowd("bolt", 1, 0, 0, category_code=None)
    given += crowd("corp", 1, 0, 0, category_code="a.b.c")
    assert_rows(compared(rows, given, level), "brand category", expected)


def test_exposure_is_the_share_of_views_over_the_share_of_products(rows: Rows) -> None:
    found = compared(rows, crowd("acme", 10, 0, 0, products=5) + crowd("bolt", 30, 0, 0, products=5))
    assert_rows(found, "brand category exposure_index", [("acme", "a.b", 0.5), ("bolt", "a.b", 1.5)])


Visitors = tuple[int, int, int]
# category: the visitors of each brand who view, cart and buy, and the number of products of the brand;
# for each brand except bolt whether v2c, c2p and v2p differ significantly from its peers, its checkout gap,
# consideration gap and awareness gap, its class, whether it is rarely shown, whether there is too little data
CLASSES: dict[str, tuple[dict[str, Visitors], int, dict[str, tuple[Any, ...]]]] = {
    "all.rates": (
        {"acme": (1000, 30, 3), "bolt": (1000, 100, 50), "corp": (99, 10, 5)},
        1,
        {
            "acme": (True, True, True, False, True, False, "consideration_gap", False, False),
            "corp": (None, None, None, None, None, None, "insufficient_data", True, True),
        },
    ),
    "few.buyers": (
        {"acme": (1000, 30, 1), "bolt": (1000, 100, 4)},
        1,
        {"acme": (True, None, None, None, True, None, "consideration_gap", False, False)},
    ),
    "few.of_carters_buy": (
        {"acme": (400, 100, 10), "bolt": (1000, 250, 125), "corp": (1000, 250, 125)},
        20,
        {
            "acme": (False, True, True, True, False, False, "checkout_gap", True, False),
            "corp": (False, True, True, False, False, False, "healthy", False, False),
        },
    ),
    "rarely.shown": (
        {"acme": (400, 100, 50), "bolt": (1000, 250, 125)},
        20,
        {"acme": (False, False, False, False, False, True, "awareness_gap", True, False)},
    ),
    "nothing.sold": (
        {"acme": (200, 40, 0), "bolt": (800, 160, 0)},
        20,
        {"acme": (False, None, None, None, False, None, "healthy", True, False)},
    ),
}


def test_a_rate_is_tested_where_there_are_enough_data_and_the_first_gap_is_the_class(rows: Rows) -> None:
    """Without sales the effect of marketing is unknown: a brand that is rarely shown has no awareness gap then."""
    given, expected = [], []
    for category, (crowds, products, classes) in CLASSES.items():
        for brand, visitors in crowds.items():
            given += crowd(brand, *visitors, category_code=category, products=products)
        # A p-value exists wherever a q-value does.
        expected += [(brand, category, values[0] is not None, *values) for brand, values in classes.items()]
    significant = {f"is_{rate}_significant": F.col(f"{rate}_q") < 0.05 for rate in RATES}
    added = {
        "is_v2c_tested": F.col("v2c_p").isNotNull(),
        "is_rarely_shown": F.col("exposure_index") < 0.8,
        **significant,
    }
    found = compared(rows, given).withColumns(added).filter("brand <> 'bolt'")
    rates = f"brand category is_v2c_tested {' '.join(significant)}"
    gaps = "checkout_gap consideration_gap awareness_gap primary_class is_rarely_shown insufficient_data"
    assert_rows(found, f"{rates} {gaps}", expected)


def test_days_before_the_period_and_the_day_of_as_of_do_not_count(rows: Rows) -> None:
    times = ["2019-09-30 21:59:59", "2019-09-30 22:00:00", "2019-10-28 22:59:59", "2019-10-28 23:00:00"]
    given = [event(user_id=number, event_time=time) for number, time in enumerate(times)]
    found = MARTS[BRAND_CATEGORY_GAPS].of(
        rows(CLEAN_EVENTS, given), datetime(2019, 10, 29, 12, tzinfo=UTC), "Europe/Zagreb"
    )
    assert_rows(
        found, "brand category viewers period_start period_end", [("acme", "a.b", 2, "2019-10-01", "2019-10-28")]
    )
