"""The earliest event of every visitor."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def visitor_first_seen(clean_events: DataFrame, published: DataFrame, *, since: date | None) -> DataFrame:
    """*Grain:* one row per visitor. A state of all events: it knows no zone and no as_of.

    With `since`, who was seen before that UTC day, as `published`, is still known by it, unless `clean_events`, of which then only a part is
    read, has an earlier event; everybody else is who is in `clean_events`.
    """
    seen = clean_events.groupBy("user_id").agg(F.min("event_time").alias("now"))
    earlier = published.filter(F.col("first_event_time") < F.lit(since).cast("timestamp"))
    return earlier.join(seen, on="user_id", how="full").select(
        "user_id", F.least("first_event_time", "now").alias("first_event_time")
    )


def moved_visitors(events: DataFrame, at_stake: DataFrame, published: DataFrame) -> DataFrame:
    """The UTC days on which visitors were first seen for whom that changes: there is an earlier event, or that one `is_gone`.

    `events` are those of the days that changed, `at_stake` the `published` visitors who were first seen then. *Grain:* one row per (day, is_gone).
    """
    day = F.to_date("first_event_time").alias("day")
    earlier = published.join(events.groupBy("user_id").agg(F.min("event_time").alias("now")), on="user_id").filter(
        "now < first_event_time"
    )
    there = events.select("user_id", F.col("event_time").alias("first_event_time"))
    gone = at_stake.join(there, on=["user_id", "first_event_time"], how="left_anti")
    return earlier.select(day, F.lit(False).alias("is_gone")).union(gone.select(day, F.lit(True))).distinct()
