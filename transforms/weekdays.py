"""Days against earlier ones of the same weekday."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

WEEKS = 8


def against_weekdays(days: DataFrame) -> DataFrame:
    """Each measured day with what is usual on its weekday. *Grain:* (measure, day); days without an earlier one are left out.

    `known` says how many of the WEEKS days of the same weekday before it are there, `usual` is the median of their values and
    `spread` the median deviation from that; where all are alike, a twentieth of the median, and at least 1.
    """
    earlier = days.select("measure", F.col("day").alias("earlier_day"), F.col("value").alias("earlier"))
    weeks = F.datediff("day", "earlier_day") / 7
    pairs = days.join(earlier, "measure").filter(weeks.isin(*range(1, WEEKS + 1)))
    centred = pairs.withColumn("usual", F.percentile("earlier", F.lit(0.5)).over(Window.partitionBy("measure", "day")))
    deviation = F.percentile(F.abs(F.col("earlier") - F.col("usual")), F.lit(0.5))
    usual = centred.groupBy("measure", "day", "value", "usual").agg(F.count("*").alias("known"), deviation.alias("deviation"))
    floor = F.greatest(F.lit(1.0), F.col("usual") / 20)
    return usual.withColumn("spread", F.when(F.col("deviation") > 0, F.col("deviation")).otherwise(floor)).drop("deviation")
