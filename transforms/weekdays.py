"""Compare days with earlier days of the same weekday."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

WEEKS = 8
# The suites skip days with fewer known values.
MIN_KNOWN = 4


def against_weekdays(days: DataFrame) -> DataFrame:
    """Each `day` with its `value` and the usual value of its weekday. Days without an earlier one are omitted.

    `known` is how many of the preceding WEEKS days of the same weekday have a value, `usual` is the median of those
    values, and `spread` is their median absolute deviation, or if that is 0, the larger of 1 and 5 % of the median.

    *Grain:* one row per day.
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
    """The median of a non-empty array."""
    ordered, last = F.array_sort(values), F.size(values) - 1
    return (F.get(ordered, F.floor(last / 2).cast("int")) + F.get(ordered, F.ceil(last / 2).cast("int"))) / 2
