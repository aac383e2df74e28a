"""The share of each category in each slot of the day and week, compared with its share of the whole period."""

from datetime import date, datetime
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.vocabulary import CATEGORY_LEVELS
from transforms.dates import last_whole_days, midnight, on_last_whole_days, steps_between
from transforms.ratios import divided, ratio, rounded, wilson
from transforms.shop import UNKNOWN_CATEGORY, category_at

PRIOR_EVENTS = 50
MIN_EVENTS = 30
MIN_LIFT = 1.2
# Metric -> event type that it counts or sums.
EVENT_OF = {"purchases": "purchase", "revenue": "purchase", "buyers": "purchase", "carts": "cart", "views": "view"}


def top_categories(
    clean_events: DataFrame,
    *,
    as_of: datetime,
    time_zone: str,
    period_days: int,
    metric: str,
    k: int,
    first_day: date | None,
) -> DataFrame:
    """Compare the share of each category per slot with its usual share, and pick promotions.

    *Grain:* one row per (level, slot_kind, slot, category) with a value above 0.
    *Ties:* in rank by revenue, then by name.
    *Nulls:* a missing category at a level is "(unknown)": it counts in all shares and is never ranked.
    """
    period: dict[str, Any] = {"days": period_days, "as_of": as_of, "time_zone": time_zone, "first_day": first_day}
    events = on_last_whole_days(clean_events, **period)
    counted = _counted(_by_hour(events, metric, time_zone), metric)
    period_shares = _period_shares(counted.filter("slot_kind = 'period'"), metric)
    slots = counted.filter("slot_kind <> 'period' AND value > 0").join(
        period_shares, on=["level", "category"]
    )  # whole: one row per level and category
    occurrences = F.broadcast(_occurrences(clean_events, *last_whole_days(**period), time_zone))  # 199 slots
    compared = _compare(slots.join(occurrences, on=["slot_kind", "slot"]), metric)
    return (
        _rank(compared, k)
        .withColumn("metric", F.lit(metric))
        .withColumn("time_zone", F.lit(time_zone))
        .select(*TOP_CATEGORIES.names)
    )


def _by_hour(events: DataFrame, metric: str, time_zone: str) -> DataFrame:
    """Events of the metric and purchases per hour.

    For the metric `buyers`, also per buyer, because buyers do not add up.
    """
    local = F.from_utc_timestamp("event_time", time_zone)
    is_counted, is_purchase = F.col("event_type") == EVENT_OF[metric], F.col("event_type") == "purchase"
    buyer = F.col("user_id") if metric == "buyers" else F.lit(None).cast("long")
    wanted = (
        events.filter(is_counted | is_purchase)
        .withColumn("weekday", F.weekday("day") + 1)
        .withColumn("hour", F.hour(local))
    )
    return wanted.groupBy("category_code", "weekday", "hour", buyer.alias("buyer")).agg(
        F.count(F.when(is_counted, 1)).alias("events"),
        F.count(F.when(is_purchase, 1)).alias("purchases"),
        F.sum(F.when(is_purchase, F.col("price")).otherwise(F.lit(0))).alias("revenue"),
    )


def _counted(by_hour: DataFrame, metric: str) -> DataFrame:
    """One row per level, slot and category; the slot kind `period` covers the whole period."""
    levels = F.array(*(_level(level) for level in CATEGORY_LEVELS))
    slots = F.array(
        _slot("period", F.lit(0)),
        *(_slot(kind, slot) for kind, slot in _slots(F.col("weekday"), F.col("hour")).items()),
    )
    exploded = by_hour.select("*", F.inline(levels)).select("*", F.inline(slots))
    value = {"revenue": F.sum("revenue"), "buyers": F.count_distinct("buyer")}.get(metric, F.sum("events"))
    return exploded.groupBy("level", "category", "slot_kind", "slot").agg(
        value.cast("decimal(38,2)").alias("value"),
        F.sum("purchases").alias("purchases"),
        F.sum("revenue").cast("decimal(38,2)").alias("revenue"),
    )


def _level(level: int) -> Column:
    return F.struct(F.lit(level).cast("long").alias("level"), category_at(level).alias("category"))


def _slots(weekday: Column, hour: Column) -> dict[str, Column]:
    return {"hour": hour, "weekday": weekday, "hour_of_week": (weekday - 1) * 24 + hour}


def _slot(kind: str, slot: Column) -> Column:
    return F.struct(F.lit(kind).alias("slot_kind"), slot.cast("long").alias("slot"))


def _period_shares(period: DataFrame, metric: str) -> DataFrame:
    """The share of each category in the whole period, and the weight of the prior: PRIOR_EVENTS events."""
    level = Window.partitionBy("level")
    unit = divided(F.sum("revenue").over(level), F.sum("purchases").over(level)) if metric == "revenue" else F.lit(1.0)
    base = divided(F.col("value"), F.sum("value").over(level))
    return period.select("level", "category", base.alias("base"), (PRIOR_EVENTS * unit).alias("prior"))


def _occurrences(like: DataFrame, first: Column, last: Column, time_zone: str) -> DataFrame:
    """How often each slot occurred on the local clock. An hour repeated by a clock change counts twice."""
    begins, ends = midnight(first, time_zone), midnight(F.date_add(last, 1), time_zone)
    step = "INTERVAL 15 MINUTES"  # the smallest step of a clock change
    local = steps_between(like, begins, ends - F.expr(step), step).select(
        "at", F.from_utc_timestamp("at", time_zone).alias("local")
    )
    slots = F.array(*(_slot(kind, slot) for kind, slot in _slots(F.weekday("local") + 1, F.hour("local")).items()))
    offset = F.unix_micros("local") - F.unix_micros("at")
    occurrences = local.select(
        first.alias("period_start"),
        last.alias("period_end"),
        F.to_date("local").alias("day"),
        offset.alias("offset"),
        F.inline(slots),
    )
    times = F.when(F.col("slot_kind") == "weekday", F.count_distinct("day")).otherwise(
        F.count_distinct("day", "offset")
    )
    return occurrences.groupBy("slot_kind", "slot", "period_start", "period_end").agg(times.alias("occurrences"))


def _compare(slots: DataFrame, metric: str) -> DataFrame:
    total = F.sum("value").over(Window.partitionBy("level", "slot_kind", "slot"))
    value, slot_total, base = F.col("value").cast("double"), F.col("slot_total").cast("double"), F.col("base")
    low, high = wilson(value, slot_total) if metric != "revenue" else (F.lit(None).cast("double"),) * 2
    sample = F.col("purchases" if metric == "revenue" else "value")
    return slots.withColumn("slot_total", total).select(
        *(
            "level",
            "slot_kind",
            "slot",
            "category",
            "value",
            "purchases",
            "revenue",
            "occurrences",
            "period_start",
            "period_end",
        ),
        ratio(value, F.col("occurrences")).alias("per_occurrence"),
        ratio(value, slot_total).alias("share"),
        rounded(base).alias("base"),
        rounded(value / slot_total / base).alias("lift"),
        rounded((value + F.col("prior") * base) / (slot_total + F.col("prior")) / base).alias("smoothed_lift"),
        ((sample >= MIN_EVENTS) & (F.col("category") != UNKNOWN_CATEGORY)).alias("eligible"),
        low.alias("share_low"),
        high.alias("share_high"),
    )


def _rank(compared: DataFrame, k: int) -> DataFrame:
    is_known, is_candidate = (
        F.col("category") != UNKNOWN_CATEGORY,
        F.col("eligible") & (F.col("smoothed_lift") >= MIN_LIFT),
    )
    slot = ["level", "slot_kind", "slot"]
    largest_first, best_first = (F.desc("value"), F.desc("revenue"), "category"), (F.desc("smoothed_lift"), "rank")
    by_value = Window.partitionBy(*slot, is_known).orderBy(*largest_first)  # total: category is unique per slot
    by_lift = Window.partitionBy(*slot, is_candidate).orderBy(*best_first)  # total: rank is unique per slot
    ranked = compared.withColumn("rank", F.when(is_known, F.row_number().over(by_value)).cast("long"))
    return ranked.withColumn("is_promotion", is_candidate & (F.row_number().over(by_lift) <= k))
