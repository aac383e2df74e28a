"""Published doubles: 12 significant digits, NULL where there is nothing to divide by."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from transforms.ratios import ratio, rounded


def test_a_ratio_is_null_without_a_denominator_and_keeps_twelve_digits(spark: SparkSession) -> None:
    pairs = [(1, 3), (0, 5), (5, 0), (None, 5), (5, None), (2, 2)]
    columns = [ratio(F.lit(above).cast("long"), F.lit(below).cast("long")).alias(str(number)) for number, (above, below) in enumerate(pairs)]
    assert list(spark.range(1).select(*columns).collect()[0]) == [0.333333333333, 0.0, None, None, None, 1.0]


def test_minus_zero_is_zero(spark: SparkSession) -> None:
    assert str(spark.range(1).select(rounded(F.lit(-0.0))).collect()[0][0]) == "0.0"
