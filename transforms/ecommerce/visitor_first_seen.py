"""The earliest event of every visitor."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def visitor_first_seen(clean_events: DataFrame, published: DataFrame, *, since: date | None) -> DataFrame:
    """The first event of each visitor over all events; independent of time zone and as_of.

    With `since`, only part of `clean_events` is read: visitors first seen before that UTC day keep their `published`
    time unless `clean_events` has an earlier event; all others come from `clean_events`.

    *Grain:* one row per visitor.
    """
    seen = clean_events.groupBy("user_id").agg(F.min("event_time").alias("now"))
    earlier = published.filter(F.col("first_event_time") < F.lit(since).cast("timestamp"))
    return earlier.join(seen, on="user_id", how="full").select(
        "user_id", F.least("first_event_time", "now").alias("first_event_time")
    )


def moved_visitors(events: DataFrame, affected: DataFrame, published: DataFrame) -> DataFrame:
    """The UTC days of published first events that change: an earlier event arrived, or the first event `is_gone`.

    `events` are the events of the changed days; `affected` are the `published` visitors first seen on those days.
    *Grain:* one row per (day, is_gone).
    """
    day = F.to_date("first_event_time").alias("day")
    earlier = published.join(events.groupBy("user_id").agg(F.min("event_time").alias("now")), on="user_id").filter(
        "now < first_event_time"
    )
    present = events.select("user_id", F.col("event_time").alias("first_event_time"))
    gone = affected.join(present, on=["user_id", "first_event_time"], how="left_anti")
    return earlier.select(day, F.lit(False).alias("is_gone")).union(gone.select(day, F.lit(True))).distinct()
