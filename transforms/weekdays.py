"""Days against earlier ones of the same weekday."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

WEEKS = 8
# The suites judge no day of which fewer are known.
FEWEST = 4


def against_weekdays(days: DataFrame) -> DataFrame:
    """Each `day` with its `value` and what is usual on its weekday. *Grain:* day; days without an earlier one are left out.

    `known` says how many of the WEEKS days of the same weekday before it are there, `usual` is the median of their values and
    `spread` the median deviation from that; where all are alike, a twentieth of the median, and at least 1.
    """
    later = F.explode(F.array(*(F.date_add("day", 7 * week) for week in range(1, WEEKS + 1))))
    pairs = days.join(days.select(later.alias("day"), F.col("value").alias("earlier")), "day")
    usual = (
        pairs.groupBy("day", "value")
        .agg(F.collect_list("earlier").alias("earlier"))
        .withColumn("usual", _median(F.col("earlier")))
    )
    deviation = _median(F.transform("earlier", lambda value: F.abs(value - F.col("usual"))))
    floor = F.greatest(F.lit(1.0), F.col("usual") / 20)
    spread = F.when(deviation > 0, deviation).otherwise(floor)
    return usual.select("day", "value", F.size("earlier").alias("known"), "usual", spread.alias("spread"))


def _median(values: Column) -> Column:
    """Of a list that is not empty."""
    ordered, last = F.array_sort(values), F.size(values) - 1
    return (F.get(ordered, F.floor(last / 2).cast("int")) + F.get(ordered, F.ceil(last / 2).cast("int"))) / 2
