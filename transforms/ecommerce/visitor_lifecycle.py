"""Visitors per week and state: new, retained, resurrected, churned."""

from datetime import date, datetime

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.ecommerce.visitor_lifecycle import VISITOR_LIFECYCLE
from schemas.ecommerce.vocabulary import LIFECYCLE_STATES
from transforms.dates import local_date, midnight, steps_between


def visitor_lifecycle(
    visitor_days: DataFrame,
    visitor_first_seen: DataFrame,
    *,
    as_of: datetime,
    time_zone: str,
    first_day: date | None,
    last_day: date | None,
) -> DataFrame:
    """Count visitors per week and state, for every week from `first_day` to `last_day`.

    A visitor who stops coming counts as churned once, in the week after the last visit, and not at all later.

    *Grain:* one row per (week, state).
    """
    visits = visitor_days.select("user_id", F.trunc("day", "week").alias("week")).distinct()
    first = visitor_first_seen.select(
        "user_id", F.trunc(local_date(F.col("first_event_time"), time_zone), "week").alias("first_week")
    )
    states = _states(visits.join(first, on="user_id", how="left"))  # first: one row per visitor
    counted = states.groupBy("week", "state").agg(F.count("*").alias("visitors"))
    is_partial = (F.col("week") < F.lit(first_day)) | (midnight(F.date_add("week", 7), time_zone) > F.lit(as_of))
    return (
        _weeks(visitor_days, first_day, last_day)
        .join(counted, on=["week", "state"], how="left")  # counted: one row per week and state
        .withColumn("visitors", F.coalesce("visitors", F.lit(0).cast("long")))
        .withColumn("partial", is_partial)
        .withColumn("time_zone", F.lit(time_zone))
        .select(*VISITOR_LIFECYCLE.names)
    )


def _states(visits: DataFrame) -> DataFrame:
    """The states that a visitor's week (user_id, week, first_week) sets: for that week and, if churned, the next."""
    by_visitor = Window.partitionBy("user_id").orderBy("week")  # total: one row per visitor and week
    state = (
        F.when(F.col("week") == F.col("first_week"), "new")
        .when(F.lag("week").over(by_visitor) == F.date_sub("week", 7), "retained")
        .otherwise("resurrected")
    )
    week_after = F.date_add("week", 7)
    is_churned = ~F.lead("week").over(by_visitor).eqNullSafe(week_after)
    states = F.array(
        F.struct("week", state.alias("state")),
        F.when(is_churned, F.struct(week_after.alias("week"), F.lit("churned").alias("state"))),
    )
    return visits.select(states.alias("states")).select(F.inline(F.filter("states", lambda state: state.isNotNull())))


def _weeks(like: DataFrame, first_day: date | None, last_day: date | None) -> DataFrame:
    """Every (week, state) between the first day and the last. `like` only provides the session."""
    first, last = (F.trunc(F.lit(day).cast("date"), "week") for day in (first_day, last_day))
    weeks = steps_between(like, first, last, "INTERVAL 7 DAY").withColumnRenamed("at", "week")
    return weeks.select("week", F.explode(F.array(*map(F.lit, LIFECYCLE_STATES))).alias("state"))
