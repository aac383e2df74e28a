"""Pairs of visitor and product from view to cart to purchase, by the day of the first view."""

from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.shopping_funnel import SHOPPING_FUNNEL
from transforms.dates import on_local_days
from transforms.ratios import ratio, rounded
from transforms.shop import in_order


def shopping_funnel(clean_events: DataFrame, *, as_of: datetime, time_zone: str, funnel_window_hours: int) -> DataFrame:
    """*Grain:* one row per (day, step), for days with a view. *Ties:* at one instant a view comes before a cart, a cart before a purchase.

    A pair that is viewed on two days enters on both; a cart may then count for both.
    """
    entries = _entries(on_local_days(clean_events, as_of=as_of, time_zone=time_zone))
    ends = F.col("view") + F.lit(timedelta(hours=funnel_window_hours))
    cart = F.when(F.col("next.cart") <= ends, F.col("next.cart"))
    purchase = F.when(cart.isNotNull() & (F.col("next.purchase") <= ends), F.col("next.purchase"))
    pairs = entries.select("day", "view", cart.alias("cart"), purchase.alias("purchase"), (F.lit(as_of) <= ends).alias("is_under_way"))
    steps = F.array(_step("view", None), _step("cart", "view"), _step("purchase", "cart"))
    counted = (
        pairs.select("day", "is_under_way", F.inline(steps))
        .groupBy("day", "step")
        .agg(
            F.count("reached").alias("entered"),
            F.count("before").alias("came"),
            F.count(F.when(F.col("reached").isNull() & F.col("is_under_way"), F.col("before"))).alias("pending"),
            rounded(F.percentile((F.unix_micros("reached") - F.unix_micros("before")) / 1_000_000, 0.5)).alias("median_seconds"),
        )
    )
    return _described(counted, time_zone).select(*SHOPPING_FUNNEL.names)


def _entries(events: DataFrame) -> DataFrame:
    """The first view of each pair and day, with the next cart and the purchase next after that."""
    # Backwards in time, what was last seen is what comes next.
    ahead = Window.partitionBy("user_id", "product_id").orderBy(*in_order(newest_first=True)).rowsBetween(Window.unboundedPreceding, Window.currentRow)
    bought = events.withColumn("purchase", F.last(_time_of("purchase"), ignorenulls=True).over(ahead))
    carted = F.when(F.col("event_type") == "cart", F.struct(F.col("event_time").alias("cart"), "purchase"))
    followed = bought.withColumn("next", F.last(carted, ignorenulls=True).over(ahead))
    views = followed.filter(F.col("event_type") == "view")
    first = views.groupBy("user_id", "product_id", "day").agg(F.min(F.struct("event_time", "next")).alias("first"))
    return first.select("day", F.col("first.event_time").alias("view"), "first.next")


def _time_of(event_type: str) -> Column:
    return F.when(F.col("event_type") == event_type, F.col("event_time"))


def _step(name: str, before: str | None) -> Column:
    return F.struct(
        F.lit(name).alias("step"),
        F.col(name).alias("reached"),
        (F.col(before) if before else F.lit(None).cast("timestamp")).alias("before"),
    )


def _described(counted: DataFrame, time_zone: str) -> DataFrame:
    viewed = F.max(F.when(F.col("step") == "view", F.col("entered"))).over(Window.partitionBy("day"))
    return (
        counted.withColumn("overall_rate", ratio(F.col("entered"), viewed))
        .withColumn("step_rate", ratio(F.col("entered"), F.col("came")))
        .withColumn("drop_off", F.when(F.col("step") == "view", F.lit(0)).otherwise(F.col("came") - F.col("entered") - F.col("pending")))
        .withColumn("drop_off", F.col("drop_off").cast("long"))
        .withColumn("time_zone", F.lit(time_zone))
    )
