"""The earliest event of every visitor."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def visitor_first_seen(clean_events: DataFrame) -> DataFrame:
    """*Grain:* one row per visitor. A state of all events: it knows no zone and no as_of."""
    return clean_events.groupBy("user_id").agg(F.min("event_time").alias("first_event_time"))
