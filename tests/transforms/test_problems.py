"""Rejection reasons as a column."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.conftest import assert_rows
from transforms.problems import problems


def test_the_checks_that_are_true_are_named_in_their_order_and_null_is_not_true(spark: SparkSession) -> None:
    checks = {"b": F.lit(True), "a": F.lit(True), "false": F.lit(False), "null": F.lit(None).cast("boolean")}
    assert_rows(spark.range(1).select(problems(checks).alias("problems")), "problems", [[["b", "a"]]])
