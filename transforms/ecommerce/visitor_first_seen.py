"""The earliest event of every visitor."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def visitor_first_seen(clean_events: DataFrame, published: DataFrame, *, since: date | None) -> DataFrame:
    """*Grain:* one row per visitor. A state of all events: it knows no zone and no as_of.

    With `since`, the UTC day from which on events may have changed, `clean_events` is read from there on only: who was seen
    before is kept as `published`.
    """
    seen = clean_events.groupBy("user_id").agg(F.min("event_time").alias("first_event_time"))
    earlier = published.filter(F.col("first_event_time") < F.lit(since).cast("timestamp"))
    return earlier.unionByName(seen.join(earlier, on="user_id", how="left_anti"))  # earlier: one row per visitor
