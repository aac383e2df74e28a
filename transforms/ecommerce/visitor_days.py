"""What each visitor did on each day."""

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.visitor_days import VISITOR_DAYS
from transforms.dates import on_local_days
from transforms.shop import session


def visitor_days(clean_events: DataFrame, *, as_of: datetime, time_zone: str) -> DataFrame:
    """Count the events, purchases and sessions of each visitor and local day.

    *Grain:* one row per (day, user_id) with an event before `as_of`.
    *Ties:* a session that several visitors share on a day counts for the smallest user_id.
    *Nulls:* events without a session belong to one session per visitor and UTC day.
    """
    events = on_local_days(clean_events, as_of=as_of, time_zone=time_zone)
    visits = events.groupBy("day", "user_id").agg(
        F.count("*").alias("events"), F.count_if(F.col("event_type") == "purchase").alias("purchases")
    )
    sessions = events.groupBy("day", session().alias("session")).agg(F.min("user_id").alias("user_id"))
    of_visitor = sessions.groupBy("day", "user_id").agg(F.count("*").alias("sessions"))
    counted = visits.join(of_visitor, on=["day", "user_id"], how="left")  # of_visitor: one row per day and visitor
    return counted.withColumns(
        {"sessions": F.coalesce("sessions", F.lit(0).cast("long")), "time_zone": F.lit(time_zone)}
    ).select(*VISITOR_DAYS.names)
