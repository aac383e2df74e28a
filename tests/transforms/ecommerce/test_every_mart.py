"""What every mart must bear: nothing, one event, all NULL, days of 23 and 25 hours, one visitor with everything, and any order."""

from datetime import UTC, datetime

import pytest
from chispa import assert_df_equality
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.table import Table
from tests.conftest import Orders, Rows
from tests.marts import KINDS, MARTS, assert_equals_oracle, shop

AS_OF = datetime(2019, 11, 5, tzinfo=UTC)
every_mart = pytest.mark.parametrize("table", MARTS, ids=lambda table: table.stem)


SHOPS = {
    "no events": [],
    "one event": shop(["2019-10-01"])[:1],
    "one purchase": shop(["2019-10-01"], event_type="purchase")[:1],
    "all NULL": shop(["2019-10-01", "2019-10-09"], brand=None, category_code=None, user_session=None),
}


@every_mart
@pytest.mark.parametrize("given", SHOPS)
def test_a_shop_with_almost_nothing_has_the_numbers_of_the_oracle(rows: Rows, table: Table, given: str) -> None:
    assert_equals_oracle(table, rows(CLEAN_EVENTS, SHOPS[given]), SHOPS[given], AS_OF, "Europe/Zagreb")


@every_mart
@pytest.mark.parametrize(
    ("days", "zone"),
    [
        (["2019-03-30", "2019-03-31", "2019-04-01"], "Europe/Zagreb"),
        (["2019-10-26", "2019-10-27", "2019-10-28"], "Europe/Zagreb"),
        (["2019-11-02", "2019-11-03", "2019-11-04"], "America/New_York"),
    ],
    ids=["23 hours", "25 hours", "25 hours in New York"],
)
def test_a_day_on_which_clocks_change_has_the_numbers_of_the_oracle(rows: Rows, table: Table, days: list[str], zone: str) -> None:
    events = shop(days)
    assert_equals_oracle(table, rows(CLEAN_EVENTS, events), events, datetime.fromisoformat(f"{days[-1]}T23:30:00").replace(tzinfo=UTC), zone)


@every_mart
def test_the_answer_does_not_depend_on_order_or_partitions(orders: Orders, table: Table) -> None:
    given = shop(["2019-10-01", "2019-10-02", "2019-10-12"]) + shop(["2019-10-02"], user_session=None)
    first, *others = (MARTS[table].of(events, AS_OF, "Europe/Zagreb") for events in orders(CLEAN_EVENTS, given))
    assert (first.columns, dict(first.dtypes)) == (table.names, table.types)
    for other in others:
        assert_df_equality(first, other, ignore_row_order=True, ignore_nullable=True)


@every_mart
def test_a_visitor_with_a_hundred_thousand_events_is_one_visitor(spark: SparkSession, table: Table) -> None:
    numbered = spark.range(100_000).withColumns(
        {
            "event_time": F.timestamp_seconds(F.lit(1_569_888_000) + F.col("id") * 17),
            "event_type": F.element_at(F.array(*map(F.lit, KINDS)), (F.col("id") % 5 + 1).cast("int")),
            "product_id": F.col("id") % 3,
            "user_id": F.lit(1).cast("long"),
            "price": F.lit(1).cast("decimal(18,2)"),
            "category_code": F.lit("a.b"),
            "brand": F.lit("acme"),
        }
    )
    columns = [F.col(name) if name in numbered.columns else F.lit(None).cast(table_type).alias(name) for name, table_type in CLEAN_EVENTS.types.items()]
    found = MARTS[table].of(numbered.select(*columns), AS_OF, "UTC")
    people = {"visitors", "users", "buyers", "viewers", "carters"} & set(found.columns)
    assert found.limit(1).collect()
    assert [row for row in found.select(*people).distinct().collect() if any(count not in (0, 1) for count in row)] == []
