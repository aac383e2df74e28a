"""Visitors, buyers, sessions and events per day, week, month and rolling period.

One pass without distinct counts: each contribution of a local day changes every period that contains the day.
A visitor already counted in a period does not change it. A rolling period is the running total of what enters and
leaves the window, so 28 days cost as much as one.
"""

from datetime import date, datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from transforms.dates import local_date, midnight, steps_between
from transforms.ratios import ratio

ROLLING_DAYS = {"rolling_7d": 7, "rolling_28d": 28}
MEASURES = ("visitors", "buyers", "events", "sessions", "new_visitors")


def unique_visitors(
    visitor_days: DataFrame,
    visitor_first_seen: DataFrame,
    *,
    as_of: datetime,
    time_zone: str,
    first_day: date | None,
    last_day: date | None,
) -> DataFrame:
    """Count visitors, buyers, sessions and events per period.

    `first_day` and `last_day` are the local days of the first and last event before `as_of`, of which `visitor_days`
    has all events.

    *Grain:* one row per (grain, period_start), including periods without events between the first and the last day.
    """
    contributions = (
        _visits(visitor_days)
        .unionByName(_sessions(visitor_days), allowMissingColumns=True)
        .unionByName(_new_visitors(visitor_first_seen, as_of, time_zone), allowMissingColumns=True)
    )
    counted = _totals(_periods(visitor_days, first_day, last_day), _changes(contributions))
    return _described(counted, as_of, time_zone).select(*UNIQUE_VISITORS.names)


def _visits(visitor_days: DataFrame) -> DataFrame:
    """Visitors and buyers of each day by the previous day they came or bought, and the events of the day."""
    days = visitor_days.withColumn("has_bought", F.col("purchases") > 0)
    before = (
        Window.partitionBy("user_id").orderBy("day").rowsBetween(Window.unboundedPreceding, -1)
    )  # total: one row per visitor and day
    seen_before, bought_before = (
        F.last("day").over(before),
        F.last(F.when(F.col("has_bought"), F.col("day")), ignorenulls=True).over(before),
    )
    dated = days.select(
        "day", "events", "has_bought", seen_before.alias("seen_before"), bought_before.alias("bought_before")
    )
    # Aggregate visitors with equal days before exploding.
    grouped = dated.groupBy("day", "has_bought", "seen_before", "bought_before").agg(
        F.count("*").alias("visitors"), F.sum("events").alias("events")
    )

    def counted(measure: str, count: Column, previous_day: Column) -> Column:
        columns = ((count if name == measure else F.lit(None).cast("long")).alias(name) for name in MEASURES)
        return F.struct(previous_day.alias("previous_day"), *columns)

    parts = F.array(
        counted("visitors", F.col("visitors"), F.col("seen_before")),
        counted("buyers", F.when(F.col("has_bought"), F.col("visitors")), F.col("bought_before")),
        counted("events", F.col("events"), F.lit(None).cast("date")),
    )
    return grouped.select("day", F.inline(parts))


def _sessions(visitor_days: DataFrame) -> DataFrame:
    return visitor_days.groupBy("day").agg(F.sum("sessions").alias("sessions"))


def _new_visitors(visitor_first_seen: DataFrame, as_of: datetime, time_zone: str) -> DataFrame:
    seen = visitor_first_seen.filter(F.col("first_event_time") < F.lit(as_of))
    return seen.groupBy(local_date(F.col("first_event_time"), time_zone).alias("day")).agg(
        F.count("*").alias("new_visitors")
    )


def _changes(contributions: DataFrame) -> DataFrame:
    """The changes that the contributions (day, previous_day) make, per grain and period start."""
    day, previous = F.col("day"), F.col("previous_day")

    def counts_in(start: Column, previous_start: Column) -> Column:
        return F.when(previous_start.isNull() | (previous_start < start), 1).otherwise(0)

    changes = [F.struct(F.lit("day").alias("grain"), day.alias("period_start"), F.lit(1).alias("sign"))]
    for grain in ("week", "month"):
        start, previous_start = (F.trunc(column, grain) for column in (day, previous))
        changes.append(
            F.struct(
                F.lit(grain).alias("grain"), start.alias("period_start"), counts_in(start, previous_start).alias("sign")
            )
        )
    for grain, days in ROLLING_DAYS.items():
        enters, leaves = F.greatest(day, F.date_add(previous, days)), F.date_add(day, days)
        for since, sign in ((enters, 1), (leaves, -1)):
            changes.append(
                F.struct(F.lit(grain).alias("grain"), since.alias("period_start"), F.lit(sign).alias("sign"))
            )
    exploded = contributions.select(F.explode(F.array(*changes)).alias("change"), *MEASURES)
    return exploded.groupBy("change.grain", "change.period_start").agg(
        *(F.sum(F.coalesce(measure, F.lit(0)) * F.col("change.sign")).alias(measure) for measure in MEASURES)
    )


def _periods(like: DataFrame, first_day: date | None, last_day: date | None) -> DataFrame:
    """Every period from the first day to the last, with its first day and the day after its last.

    `like` only provides the session.
    """
    first, last, start = F.lit(first_day).cast("date"), F.lit(last_day).cast("date"), F.col("period_start")
    # grain: step between periods, first day of one, day after it
    grains = {
        "day": ("INTERVAL 1 DAY", start, F.date_add(start, 1)),
        "week": ("INTERVAL 7 DAY", start, F.date_add(start, 7)),
        "month": ("INTERVAL 1 MONTH", start, F.add_months(start, 1)),
        **{
            grain: ("INTERVAL 1 DAY", F.date_sub(start, days - 1), F.date_add(start, 1))
            for grain, days in ROLLING_DAYS.items()
        },
    }
    frames = []
    for grain, (step, begins, ends) in grains.items():
        begin, end = (F.trunc(day, grain) if grain in ("week", "month") else day for day in (first, last))
        listed = steps_between(like, begin, end, step).withColumnRenamed("at", "period_start")
        frames.append(
            listed.select(
                F.lit(grain).alias("grain"),
                "period_start",
                first.alias("first"),
                begins.alias("begins"),
                ends.alias("ends"),
            )
        )
    periods = frames[0]
    for frame in frames[1:]:
        periods = periods.unionByName(frame)
    return periods


def _totals(periods: DataFrame, changes: DataFrame) -> DataFrame:
    """The measures of every period: the change itself, or for a rolling grain the running total."""
    running = (
        Window.partitionBy("grain").orderBy("period_start").rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    measured = periods.join(changes, on=["grain", "period_start"], how="left")  # changes: one row per grain and start
    is_rolling = F.col("grain").isin(*ROLLING_DAYS)

    def total(measure: str) -> Column:
        change = F.coalesce(measure, F.lit(0)).cast("long")
        return F.when(is_rolling, F.sum(change).over(running)).otherwise(change)

    return measured.select(
        "grain", "period_start", "first", "begins", "ends", *(total(measure).alias(measure) for measure in MEASURES)
    )


def _described(counted: DataFrame, as_of: datetime, time_zone: str) -> DataFrame:
    is_partial = (F.col("begins") < F.col("first")) | (midnight(F.col("ends"), time_zone) > F.lit(as_of))
    whole_28_days = F.when((F.col("grain") == "rolling_28d") & ~F.col("partial"), F.col("visitors"))
    visitors_of_28_days = F.max(whole_28_days).over(Window.partitionBy("period_start"))
    return (
        counted.withColumn("partial", is_partial)
        .withColumn("stickiness", F.when(F.col("grain") == "day", ratio(F.col("visitors"), visitors_of_28_days)))
        .withColumn("returning_visitors", F.col("visitors") - F.col("new_visitors"))
        .withColumn("time_zone", F.lit(time_zone))
    )
