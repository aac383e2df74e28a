"""What each category does in each slot of the day and week, against what it does over the whole period."""

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
LEAST_EVENTS = 30
LEAST_LIFT = 1.2
# The event whose occurrences, buyers or prices make the metric.
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
    """*Grain:* one row per (level, slot_kind, slot, category) whose value is above 0. *Ties:* in value by revenue, then by name.

    *Nulls:* no category at a level is "(unknown)": part of all shares, never ranked.
    """
    period: dict[str, Any] = {"days": period_days, "as_of": as_of, "time_zone": time_zone, "first_day": first_day}
    events = on_last_whole_days(clean_events, **period)
    counted = _counted(_by_hour(events, metric, time_zone), metric)
    whole = _whole(counted.filter("slot_kind = 'period'"), metric)
    slots = counted.filter("slot_kind <> 'period' AND value > 0").join(
        whole, on=["level", "category"]
    )  # whole: one row per level and category
    occurrences = F.broadcast(_occurrences(clean_events, *last_whole_days(**period), time_zone))  # 199 slots
    compared = _compared(slots.join(occurrences, on=["slot_kind", "slot"]), metric)
    return (
        _ranked(compared, k)
        .withColumn("metric", F.lit(metric))
        .withColumn("time_zone", F.lit(time_zone))
        .select(*TOP_CATEGORIES.names)
    )


def _by_hour(events: DataFrame, metric: str, time_zone: str) -> DataFrame:
    """Events of the metric and purchases, added up as far as the metric allows: buyers are kept apart."""
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
    """One row per level, slot and category; the slot of kind `period` is all of it."""
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


def _whole(period: DataFrame, metric: str) -> DataFrame:
    """The share of each category in the whole period, and how much weighs as 50 events."""
    level = Window.partitionBy("level")
    of_one = (
        divided(F.sum("revenue").over(level), F.sum("purchases").over(level)) if metric == "revenue" else F.lit(1.0)
    )
    base = divided(F.col("value"), F.sum("value").over(level))
    return period.select("level", "category", base.alias("base"), (PRIOR_EVENTS * of_one).alias("prior"))


def _occurrences(like: DataFrame, first: Column, last: Column, time_zone: str) -> DataFrame:
    """How often each slot occurred, as the local clock showed it: an hour that comes again under another offset occurs again."""
    begins, ends = midnight(first, time_zone), midnight(F.date_add(last, 1), time_zone)
    step = "INTERVAL 15 MINUTES"  # no clock is changed by less
    local = steps_between(like, begins, ends - F.expr(step), step).select(
        "at", F.from_utc_timestamp("at", time_zone).alias("local")
    )
    slots = F.array(*(_slot(kind, slot) for kind, slot in _slots(F.weekday("local") + 1, F.hour("local")).items()))
    offset = F.unix_micros("local") - F.unix_micros("at")
    each = local.select(
        first.alias("period_start"),
        last.alias("period_end"),
        F.to_date("local").alias("day"),
        offset.alias("offset"),
        F.inline(slots),
    )
    times = F.when(F.col("slot_kind") == "weekday", F.count_distinct("day")).otherwise(
        F.count_distinct("day", "offset")
    )
    return each.groupBy("slot_kind", "slot", "period_start", "period_end").agg(times.alias("occurrences"))


def _compared(slots: DataFrame, metric: str) -> DataFrame:
    all_in_slot = F.sum("value").over(Window.partitionBy("level", "slot_kind", "slot"))
    value, everything, base = F.col("value").cast("double"), F.col("everything").cast("double"), F.col("base")
    low, high = wilson(value, everything) if metric != "revenue" else (F.lit(None).cast("double"),) * 2
    sample = F.col("purchases" if metric == "revenue" else "value")
    return slots.withColumn("everything", all_in_slot).select(
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
        ratio(value, everything).alias("share"),
        rounded(base).alias("base"),
        rounded(value / everything / base).alias("lift"),
        rounded((value + F.col("prior") * base) / (everything + F.col("prior")) / base).alias("smoothed_lift"),
        ((sample >= LEAST_EVENTS) & (F.col("category") != UNKNOWN_CATEGORY)).alias("eligible"),
        low.alias("share_low"),
        high.alias("share_high"),
    )


def _ranked(compared: DataFrame, k: int) -> DataFrame:
    is_known, is_candidate = (
        F.col("category") != UNKNOWN_CATEGORY,
        F.col("eligible") & (F.col("smoothed_lift") >= LEAST_LIFT),
    )
    slot = ["level", "slot_kind", "slot"]
    by_value = Window.partitionBy(*slot, is_known).orderBy(
        F.desc("value"), F.desc("revenue"), "category"
    )  # total: category is unique in it
    by_lift = Window.partitionBy(*slot, is_candidate).orderBy(
        F.desc("smoothed_lift"), "rank"
    )  # total: rank is unique among candidates
    ranked = compared.withColumn("rank", F.when(is_known, F.row_number().over(by_value)).cast("long"))
    return ranked.withColumn("is_promotion", is_candidate & (F.row_number().over(by_lift) <= k))
