"""Pairs of visitor and product from view to cart to purchase, by the day of the first view."""

from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.shopping_funnel import SHOPPING_FUNNEL
from transforms.dates import on_local_days
from transforms.ratios import ratio, rounded


def shopping_funnel(clean_events: DataFrame, *, as_of: datetime, time_zone: str, funnel_window_hours: int) -> DataFrame:
    """Count the pairs of visitor and product that reach each step.

    A pair viewed on two days enters on both, and a cart may count for both.

    *Grain:* one row per (day, step), for days with a view.
    *Ties:* at one instant, views precede carts and carts precede purchases.
    """
    entries = _entries(on_local_days(clean_events, as_of=as_of, time_zone=time_zone))
    pairs = entries.withColumn("ends", F.col("view") + F.lit(timedelta(hours=funnel_window_hours)))
    pairs = pairs.withColumn("cart", _next("carts", "view")).withColumn("purchase", _next("purchases", "cart"))
    # Aggregate equal pairs first: most end with the view and collapse to one or two rows a day.
    grouped = pairs.groupBy(
        "day",
        (F.lit(as_of) <= F.col("ends")).alias("is_window_open"),
        _seconds("view", "cart").alias("cart_after"),
        _seconds("cart", "purchase").alias("purchase_after"),
    ).agg(F.count("*").alias("pairs"))
    steps = F.array(_step("view", None), _step("cart", "view"), _step("purchase", "cart"))
    return _described(_by_day(grouped).select("day", "view", F.inline(steps)), time_zone).select(*SHOPPING_FUNNEL.names)


def _entries(events: DataFrame) -> DataFrame:
    """The first view of each pair and day, with all carts and purchases of the pair."""
    pair = ["user_id", "product_id"]
    views = events.filter(F.col("event_type") == "view").groupBy(*pair, "day").agg(F.min("event_time").alias("view"))
    cart_events = events.filter(F.col("event_type").isin("cart", "purchase")).groupBy(*pair)
    return views.join(
        cart_events.agg(_times_of("cart").alias("carts"), _times_of("purchase").alias("purchases")), on=pair, how="left"
    )  # taken: one row per pair


def _times_of(event_type: str) -> Column:
    return F.collect_set(F.when(F.col("event_type") == event_type, F.col("event_time")))


def _next(times: str, after: str) -> Column:
    """The first of `times` from `after` to the end of the window, both inclusive."""
    return F.array_min(F.filter(times, lambda time: time.between(F.col(after), F.col("ends"))))


def _seconds(earlier: str, later: str) -> Column:
    return (F.unix_micros(later) - F.unix_micros(earlier)) / 1_000_000


def _by_day(grouped: DataFrame) -> DataFrame:
    """Per day: pairs that reached each step, pairs that may still reach it, and the median seconds between steps."""

    def pairs(condition: Column) -> Column:
        return F.coalesce(F.sum(F.when(condition, F.col("pairs"))), F.lit(0))

    has_carted, has_bought = F.col("cart_after").isNotNull(), F.col("purchase_after").isNotNull()
    steps = {
        "view": (F.lit(True), F.lit(False)),
        "cart": (has_carted, ~has_carted),
        "purchase": (has_bought, has_carted & ~has_bought),
    }
    counts = {step: pairs(condition) for step, (condition, _) in steps.items()}
    pending = {f"{step}_pending": pairs(missing & F.col("is_window_open")) for step, (_, missing) in steps.items()}
    medians = {f"{step}_median": F.percentile(f"{step}_after", 0.5, F.col("pairs")) for step in ("cart", "purchase")}
    return grouped.groupBy("day").agg(
        *(column.alias(name) for name, column in {**counts, **pending, **medians}.items())
    )


def _step(name: str, before: str | None) -> Column:
    return F.struct(
        F.lit(name).alias("step"),
        F.col(name).alias("entered"),
        (F.col(before) if before else F.lit(None).cast("long")).alias("previous_entered"),
        F.col(f"{name}_pending").alias("pending"),
        (rounded(F.col(f"{name}_median")) if before else F.lit(None).cast("double")).alias("median_seconds"),
    )


def _described(counted: DataFrame, time_zone: str) -> DataFrame:
    drop_off = F.coalesce(F.col("previous_entered") - F.col("entered") - F.col("pending"), F.lit(0))
    return (
        counted.withColumn("overall_rate", ratio(F.col("entered"), F.col("view")))
        .withColumn("step_rate", ratio(F.col("entered"), F.col("previous_entered")))
        .withColumn("drop_off", drop_off.cast("long"))
        .withColumn("time_zone", F.lit(time_zone))
    )
