"""Numbers between integers: ratios that people compare."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def rounded(value: Column) -> Column:
    """A double to 12 significant digits, so that the last bits of an order of summation never show; -0.0 becomes 0.0."""
    return F.format_string("%.11e", value).cast("double") + F.lit(0.0)


def ratio(numerator: Column, denominator: Column) -> Column:
    """numerator / denominator, rounded. *Nulls:* NULL where the denominator is 0, or either is NULL."""
    # format_string prints NULL as "null", which is no double: keep it out.
    return F.when((denominator != 0) & numerator.isNotNull(), rounded(numerator / denominator))
