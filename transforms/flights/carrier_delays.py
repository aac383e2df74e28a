"""Arrival delays of each carrier per month."""

from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.flights.carrier_delays import CARRIER_DELAYS
from transforms.ratios import ratio, rounded


def carrier_delays(clean_flights: DataFrame, *, as_of: datetime) -> DataFrame:
    """Summarize delays of flights on days before the UTC day of `as_of`.

    *Grain:* one row per (carrier, month) with flights.
    *Nulls:* flights that did not arrive have no delay and are excluded from mean and median.
    """
    before = clean_flights.filter(F.col("flight_date") < F.lit(as_of.astimezone(UTC).date()))
    month = F.trunc("flight_date", "month").alias("month")
    totals = before.groupBy("carrier", month).agg(
        F.count("*").alias("flights"),
        F.count("arr_delay").alias("arrived"),
        F.coalesce(F.sum("arr_delay"), F.lit(0)).alias("total_arr_delay"),
        rounded(F.percentile("arr_delay", F.lit(0.5))).alias("median_arr_delay"),
        F.count_if("is_cancelled").alias("cancelled"),
        F.count_if("is_diverted").alias("diverted"),
    )
    return totals.withColumn("mean_arr_delay", ratio(F.col("total_arr_delay"), F.col("arrived"))).select(
        *CARRIER_DELAYS.names
    )
