"""Reasons as a column."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from transforms.problems import problems


def test_the_checks_that_hold_are_named_in_their_order_and_null_does_not_hold(spark: SparkSession) -> None:
    found = problems({"b": F.lit(True), "a": F.lit(True), "false": F.lit(False), "null": F.lit(None).cast("boolean")})
    assert spark.range(1).select(found).collect()[0][0] == ["b", "a"]
