"""Published doubles: 12 significant digits, NULL for a zero denominator."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.conftest import assert_rows
from transforms.ratios import ratio, rounded


def test_a_ratio_is_null_without_a_denominator_and_keeps_twelve_digits(spark: SparkSession) -> None:
    cases = [(1, 3, 0.333333333333), (0, 5, 0.0), (5, 0, None), (None, 5, None), (5, None, None), (2, 2, 1.0)]
    pairs = spark.createDataFrame([(above, below) for above, below, _ in cases], "above long, below long")
    assert_rows(pairs.withColumn("ratio", ratio(F.col("above"), F.col("below"))), "above below ratio", cases)


def test_minus_zero_is_zero(spark: SparkSession) -> None:
    # Compared as text, since the doubles are equal.
    assert str(spark.range(1).select(rounded(F.lit(-0.0))).collect()[0][0]) == "0.0"
