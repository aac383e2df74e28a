"""Every mart on unusual input: no events, one event, all NULL, days of 23 and 25 hours, one visitor, any order."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.table import Table
from tests import oracles
from tests.conftest import Orders, Rows, on_older_line
from tests.marts import KINDS, MARTS, assert_equals_oracle, shop

AS_OF = datetime(2019, 11, 5, tzinfo=UTC)
# These marts sort or fold all events of a visitor.
OF_LONG_HISTORIES = (ABANDONED_CARTS, UNIQUE_VISITORS)
every_mart = pytest.mark.parametrize("table", MARTS, ids=lambda table: table.stem)


SHOPS = {
    "no events": [],
    "one purchase": shop(["2019-10-01"], event_type="purchase")[:1],
    "all NULL": shop(["2019-10-01", "2019-10-09"], brand=None, category_code=None, user_session=None),
}
# events around a clock change, and the time zone
CLOCK_CHANGES = {
    "23 and 25 hours": (
        shop(["2019-03-30", "2019-03-31", "2019-04-01"]) + shop(["2019-10-26", "2019-10-27", "2019-10-28"]),
        "Europe/Zagreb",
    ),
    "23.5 hours": (shop(["2019-10-05", "2019-10-06"]), "Australia/Lord_Howe"),
}


@on_older_line
@every_mart
@pytest.mark.parametrize("given", SHOPS)
def test_a_shop_with_almost_no_data_equals_the_oracle(rows: Rows, table: Table, given: str) -> None:
    assert_equals_oracle(table, rows(CLEAN_EVENTS, SHOPS[given]), SHOPS[given], AS_OF, "Europe/Zagreb")


@every_mart
@pytest.mark.parametrize(
    "change", [pytest.param(name, marks=[pytest.mark.nightly] * (name == "23.5 hours")) for name in CLOCK_CHANGES]
)
def test_days_on_which_clocks_change_equal_the_oracle(rows: Rows, table: Table, change: str) -> None:
    events, zone = CLOCK_CHANGES[change]
    as_of = max(event["event_time"] for event in events).replace(hour=23, minute=30)
    # A period that contains the clock changes of spring and autumn.
    period = {"period_days": 220} if "period_days" in MARTS[table].options else {}
    assert_equals_oracle(table, rows(CLEAN_EVENTS, events), events, as_of, zone, **period)


@on_older_line
@every_mart
def test_the_answer_does_not_depend_on_order_or_partitions(orders: Orders, table: Table) -> None:
    given = shop(["2019-10-01", "2019-10-02", "2019-10-12"]) + shop(["2019-10-02"], user_session=None)
    first, *others = (MARTS[table].of(events, AS_OF, "Europe/Zagreb") for events in orders(CLEAN_EVENTS, given))
    assert (first.columns, dict(first.dtypes)) == (table.names, table.types)
    computed = first.localCheckpoint()
    for other in others:
        assert_df_equality(computed, other, ignore_row_order=True, ignore_nullable=True)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory, _session: SparkSession) -> Path:
    """One visitor with a hundred thousand events, in a file that Spark and DuckDB read."""
    numbered = _session.range(100_000).withColumns(
        {
            "event_time": F.timestamp_seconds(F.lit(1_569_888_000) + F.col("id") * 17),
            "event_type": F.element_at(F.array(*map(F.lit, KINDS)), (F.col("id") * 7 % 5 + 1).cast("int")),
            "product_id": F.col("id") % 3,
            "user_id": F.lit(1).cast("long"),
            "price": (F.col("id") % 7).cast("decimal(18,2)"),
            "category_code": F.lit("a.b"),
            "brand": F.element_at(
                F.array(F.lit("acme"), F.lit("bolt"), F.lit(None)), (F.col("id") % 3 + 1).cast("int")
            ),
            "user_session": F.concat(F.lit("s"), (F.col("id") / 50).cast("long").cast("string")),
        }
    )
    path = tmp_path_factory.mktemp("crowded") / "events"
    columns = [
        F.col(name) if name in numbered.columns else F.lit(None).cast(kind).alias(name)
        for name, kind in CLEAN_EVENTS.types.items()
    ]
    numbered.select(*columns).write.parquet(str(path))
    return path


@pytest.mark.parametrize(
    "table",
    [pytest.param(table, marks=[pytest.mark.nightly] * (table not in OF_LONG_HISTORIES)) for table in MARTS],
    ids=lambda table: table.stem,
)
def test_a_visitor_with_a_hundred_thousand_events_equals_the_oracle(
    spark: SparkSession, table: Table, crowded: Path
) -> None:
    database = oracles.given([])
    columns = ", ".join(oracles.COLUMNS)
    database.execute(f"INSERT INTO given SELECT {columns} FROM read_parquet('{crowded}/*.parquet')")
    found = MARTS[table].of(spark.read.parquet(str(crowded)), AS_OF, "Europe/Zagreb")
    expected = oracles.answer(database, table.stem, as_of=AS_OF, time_zone="Europe/Zagreb", **MARTS[table].options)
    oracles.assert_same(oracles.collected(found), expected, table.key)
    assert expected
