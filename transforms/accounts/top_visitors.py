"""The visitors with the most visits."""

from datetime import datetime

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.accounts.top_visitors import TOP_VISITORS
from transforms.dates import local_date


def top_visitors(clean_visits: DataFrame, *, top: int, as_of: datetime, time_zone: str) -> DataFrame:
    """The `top` visitors by number of visits before `as_of`.

    *Grain:* one row per visitor. *Ties:* in rank by user_id as text, ascending. Of several addresses, the newest is
    used; of those at one instant, the greatest.
    """
    dated = F.when(F.col("email").isNotNull(), F.struct("visited_at", "email"))
    visitors = (
        clean_visits.filter(F.col("visited_at") < F.lit(as_of))
        .groupBy("user_id")
        .agg(
            F.count("*").alias("visits"),
            F.max(dated).getField("email").alias("email"),
            F.sort_array(F.collect_set("email")).alias("emails"),
            local_date(F.min("visited_at"), time_zone).alias("first_day"),
            local_date(F.max("visited_at"), time_zone).alias("last_day"),
        )
    )
    first = visitors.orderBy(F.desc("visits"), "user_id").limit(top).withColumn("time_zone", F.lit(time_zone))
    most_first = Window.partitionBy("time_zone").orderBy(F.desc("visits"), "user_id")  # total: one row per visitor
    return first.withColumn("rank", F.row_number().over(most_first).cast("long")).select(*TOP_VISITORS.names)
