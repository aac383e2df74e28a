"""A naive PySpark baseline of the daily pipeline: python -m benchmarks.in_plain_pyspark INPUT OUTPUT AS_OF CLOCK.

Each table reads the files again and infers their types; invalid rows are filtered out; nothing is checked, rejected or
published. It uses Weir's transforms, so that the results are comparable. Prints the seconds of each phase as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.spark.small_frames import bounds, local_frame
from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.vocabulary import EVENT_TYPES
from transforms.ecommerce.abandoned_carts import abandoned_carts
from transforms.ecommerce.brand_category_gaps import brand_category_gaps
from transforms.ecommerce.brand_gaps import brand_gaps
from transforms.ecommerce.cart_abandonment import cart_abandonment
from transforms.ecommerce.shopping_funnel import shopping_funnel
from transforms.ecommerce.top_categories import top_categories
from transforms.ecommerce.unique_visitors import unique_visitors
from transforms.ecommerce.visitor_days import visitor_days
from transforms.ecommerce.visitor_lifecycle import visitor_lifecycle


def read_events(spark: SparkSession, source: str, clock: str) -> DataFrame:
    """Read the files, with inferred types, and filter out invalid rows."""
    read = spark.read.csv(source, header=True, inferSchema=True)
    typed = read.select(
        F.to_timestamp(F.regexp_replace("event_time", " UTC$", "")).alias("event_time"),
        F.lower(F.trim("event_type")).alias("event_type"),
        *(F.col(name).cast("long").alias(name) for name in ("product_id", "category_id")),
        *(F.lower(F.trim(name)).alias(name) for name in ("category_code", "brand")),
        F.col("price").cast("decimal(18,2)").alias("price"),
        F.col("user_id").cast("long").alias("user_id"),
        "user_session",
    )
    is_valid = (
        F.col("event_type").isin(*EVENT_TYPES)
        & (F.col("price") >= 0)
        & F.col("event_time").between("2000-01-01", clock)
    )
    return typed.filter(is_valid).dropna(subset=["event_time", "product_id", "user_id"]).dropDuplicates()


def define_tables(
    spark: SparkSession, events: Callable[[], DataFrame], as_of: datetime
) -> Mapping[str, Callable[[], DataFrame]]:
    """A function per table that builds it from the files."""
    shared_options = {"as_of": as_of, "time_zone": "UTC"}
    cart_options = {**shared_options, "abandon_after_hours": 24, "recovery_days": 7}
    first_day, last_day = (moment and moment.date() for moment in bounds(events(), "event_time", as_of))
    days = {"first_day": first_day, "last_day": last_day}

    def seen() -> DataFrame:
        return events().groupBy("user_id").agg(F.min("event_time").alias("first_event_time"))

    def carts() -> DataFrame:
        return abandoned_carts(events(), local_frame(spark, ABANDONED_CARTS, []), since=None, **cart_options)

    def visits() -> DataFrame:
        return visitor_days(events(), **shared_options)

    def gaps() -> DataFrame:
        return brand_category_gaps(events(), period_days=28, level=2, first_day=first_day, **shared_options)

    def categories() -> DataFrame:
        return top_categories(events(), period_days=28, metric="purchases", k=10, first_day=first_day, **shared_options)

    return {
        "clean_events": lambda: events().withColumn("day", F.to_date("event_time")),
        "visitor_days": visits,
        "visitor_first_seen": seen,
        "abandoned_carts": carts,
        "shopping_funnel": lambda: shopping_funnel(events(), funnel_window_hours=24, **shared_options),
        "top_categories": categories,
        "brand_category_gaps": gaps,
        "unique_visitors": lambda: unique_visitors(visits(), seen(), **days, **shared_options),
        "visitor_lifecycle": lambda: visitor_lifecycle(visits(), seen(), **days, **shared_options),
        "cart_abandonment": lambda: cart_abandonment(carts(), events(), **cart_options),
        "brand_gaps": lambda: brand_gaps(gaps()),
    }


def main(source: str, output: str, as_of: str, clock: str) -> None:
    started = time.perf_counter()
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.memory", "3g")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    seconds = {"start": time.perf_counter() - started}
    started = time.perf_counter()
    as_of_time = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    tables = define_tables(spark, partial(read_events, spark, source, clock), as_of_time)
    seconds["first and last day"] = time.perf_counter() - started
    for name, table in tables.items():
        started = time.perf_counter()
        writer = table().write.option("compression", "zstd")
        (writer.partitionBy("day") if name == "clean_events" else writer).parquet(f"{output}/{name}")
        seconds[name] = time.perf_counter() - started
    print(json.dumps({"seconds_of": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
