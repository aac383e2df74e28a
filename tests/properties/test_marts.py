"""Compare each mart of the shop with its oracle on random data."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from pyspark.sql import SparkSession

from jobs.runtime.spark.small_frames import local_frame
from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.cart_abandonment import CART_ABANDONMENT
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.shopping_funnel import SHOPPING_FUNNEL
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.vocabulary import CATEGORY_METRICS
from schemas.table import Table
from tests.marts import MARTS, assert_equals_oracle
from tests.properties.shops import Row, cart_shops, lines_on_the_limits, on_random_shops, shops

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("WEIR_EXAMPLES", "4"))
LINES = min(25_000, 1_000 * EXAMPLES)
OF_CARTS = (ABANDONED_CARTS, CART_ABANDONMENT, SHOPPING_FUNNEL)
Shop = tuple[list[Row], datetime, str]


# The mart whose periods overlap, and one that is built from another; make nightly tries all.
WIDEST = (UNIQUE_VISITORS, CART_ABANDONMENT)
EVERY_MART = [
    pytest.param(table, marks=[] if table in WIDEST else pytest.mark.nightly, id=table.stem) for table in MARTS
]


@pytest.mark.properties
@pytest.mark.parametrize("table", EVERY_MART)
@on_random_shops(EXAMPLES)
@given(shop=shops())
def test_every_number_equals_that_of_the_oracle(compiled: SparkSession, table: Table, shop: Shop) -> None:
    events, as_of, zone = shop
    metrics = CATEGORY_METRICS[len(events) % len(CATEGORY_METRICS)]
    options = {"metric": metrics} if table is TOP_CATEGORIES else {}
    assert_equals_oracle(table, local_frame(compiled, CLEAN_EVENTS, events), events, as_of, zone, **options)


@pytest.mark.properties
@pytest.mark.parametrize("table", OF_CARTS, ids=lambda table: table.stem)
@on_random_shops(EXAMPLES)
@given(shop=cart_shops())
@pytest.mark.nightly
def test_carts_on_the_limits_equal_those_of_the_oracle(compiled: SparkSession, table: Table, shop: Shop) -> None:
    events, as_of, zone = shop
    assert_equals_oracle(table, local_frame(compiled, CLEAN_EVENTS, events), events, as_of, zone)


@pytest.mark.nightly
def test_thousands_of_cart_lines_equal_those_of_the_oracle(compiled: SparkSession, tmp_path: Path) -> None:
    start = datetime(2019, 10, 20, tzinfo=UTC)
    events = lines_on_the_limits(Random(7), start, pairs=LINES)
    (tmp_path / "events.json").write_text(
        "\n".join(json.dumps(one, default=lambda time: time.isoformat()) for one in events)
    )
    frame = compiled.read.schema(CLEAN_EVENTS.struct).json(str(tmp_path / "events.json"))
    found = assert_equals_oracle(ABANDONED_CARTS, frame, events, start + timedelta(days=30), "Europe/Zagreb")
    assert len(found) >= 0.8 * LINES
    assert {row["status"] for row in found} == {"purchased", "recovered", "removed", "abandoned", "open"}
