"""The daily work of the shop as an afternoon's PySpark: python -m benchmarks.in_plain_pyspark INPUT OUTPUT AS_OF CLOCK.

Each table reads the files anew and lets Spark guess their types; what does not fit is filtered away; nothing is checked, refused or
published. The formulas of the tables are Weir's own, so that the answers can be compared. Prints the seconds of each phase as JSON.
"""

import json
import sys
import time
from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.spark.frames import bounds, local_frame
from schemas.ecommerce.abandoned_carts import ABANDONED_CARTS
from schemas.ecommerce.vocabulary import EVENT_TYPES
from transforms.ecommerce.abandoned_carts import abandoned_carts
from transforms.ecommerce.brand_category_gaps import brand_category_gaps
from transforms.ecommerce.brand_gaps import brand_gaps
from transforms.ecommerce.cart_abandonment import cart_abandonment
from transforms.ecommerce.shopping_funnel import shopping_funnel
from transforms.ecommerce.top_categories import top_categories
from transforms.ecommerce.unique_visitors import unique_visitors
from transforms.ecommerce.visitor_lifecycle import visitor_lifecycle


def main(given: str, output: str, as_of: str, clock: str) -> None:
    began = time.perf_counter()
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.memory", "3g")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    seconds = {"start": time.perf_counter() - began}
    until = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    zone = {"as_of": until, "time_zone": "UTC"}

    def events() -> DataFrame:
        read = spark.read.csv(given, header=True, inferSchema=True)
        typed = read.select(
            F.to_timestamp(F.regexp_replace("event_time", " UTC$", "")).alias("event_time"),
            F.lower(F.trim("event_type")).alias("event_type"),
            *(F.col(name).cast("long").alias(name) for name in ("product_id", "category_id")),
            *(F.lower(F.trim(name)).alias(name) for name in ("category_code", "brand")),
            F.col("price").cast("decimal(18,2)").alias("price"),
            F.col("user_id").cast("long").alias("user_id"),
            "user_session",
        )
        is_possible = (
            F.col("event_type").isin(*EVENT_TYPES)
            & (F.col("price") >= 0)
            & F.col("event_time").between("2000-01-01", clock)
        )
        return typed.filter(is_possible).dropna(subset=["event_time", "product_id", "user_id"]).dropDuplicates()

    def seen() -> DataFrame:
        return events().groupBy("user_id").agg(F.min("event_time").alias("first_event_time"))

    def carts() -> DataFrame:
        return abandoned_carts(events(), local_frame(spark, ABANDONED_CARTS, []), since=None, **patience)

    def gaps() -> DataFrame:
        return brand_category_gaps(events(), period_days=28, level=2, first_day=first_day, **zone)

    began = time.perf_counter()
    patience = {**zone, "abandon_after_hours": 24, "recovery_days": 7}
    first_day, last_day = (moment and moment.date() for moment in bounds(events(), "event_time", until))
    seconds["first and last day"] = time.perf_counter() - began
    days = {"first_day": first_day, "last_day": last_day}
    tables = {
        "clean_events": lambda: events().withColumn("day", F.to_date("event_time")),
        "visitor_first_seen": seen,
        "abandoned_carts": carts,
        "shopping_funnel": lambda: shopping_funnel(events(), funnel_window_hours=24, **zone),
        "top_categories": lambda: top_categories(
            events(), period_days=28, metric="purchases", k=10, first_day=first_day, **zone
        ),
        "brand_category_gaps": gaps,
        "unique_visitors": lambda: unique_visitors(events(), seen(), **days, **zone),
        "visitor_lifecycle": lambda: visitor_lifecycle(events(), seen(), **days, **zone),
        "cart_abandonment": lambda: cart_abandonment(carts(), events(), **patience),
        "brand_gaps": lambda: brand_gaps(gaps()),
    }
    for name, table in tables.items():
        began = time.perf_counter()
        written = table().write.option("compression", "zstd")
        (written.partitionBy("day") if name == "clean_events" else written).parquet(f"{output}/{name}")
        seconds[name] = time.perf_counter() - began
    print(json.dumps({"seconds_of": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
