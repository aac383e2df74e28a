"""Golden vectors of confidence intervals, z scores, p-values and their correction for multiple tests."""

import math

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.conftest import assert_rows
from transforms.ratios import wilson
from transforms.significance import add_q_values, erfc, pooled_z, two_sided_p

WILSON = {
    (0, 10): (0, 0.277533),
    (1, 10): (0.017876, 0.404150),
    (5, 10): (0.236593, 0.763407),
    (30, 1000): (0.021094, 0.042503),
    (10, 10): (0.722467, 1),
}


# cells of the table: z and its two-sided p-value
SHARES = {(30, 1000, 600, 10_000): (-3.892763, 9.9109e-05), (50, 1000, 600, 10_000): (-1.278702, 0.201002)}


def test_wilson_at_95_percent(spark: SparkSession) -> None:
    low, high = wilson(F.col("x"), F.col("n"))
    given = spark.createDataFrame([*WILSON, (0, 0)], "x long, n long")
    found = {(row.x, row.n): (row.low, row.high) for row in given.withColumns({"low": low, "high": high}).collect()}
    assert found.pop((0, 0)) == (None, None)
    assert found == {key: pytest.approx(bounds, abs=1e-6) for key, bounds in WILSON.items()}


def test_two_shares_and_the_probability_of_their_distance(spark: SparkSession) -> None:
    given = spark.createDataFrame(list(SHARES), "a long, b long, c long, d long")
    found = (
        given.withColumn("z", pooled_z(*map(F.col, given.columns))).withColumn("p", two_sided_p(F.col("z"))).collect()
    )
    assert {tuple(row)[:4]: (row.z, row.p) for row in found} == {
        cells: (pytest.approx(z, abs=1e-6), pytest.approx(p, rel=1e-4)) for cells, (z, p) in SHARES.items()
    }


def test_no_probability_is_above_one(spark: SparkSession) -> None:
    given = spark.createDataFrame([(0.0,), (None,)], "z double")
    assert_rows(given.withColumn("p", two_sided_p(F.col("z"))), "z p", [(0.0, 1.0), (None, None)])


def test_the_relative_error_of_erfc_is_at_most_its_bound(spark: SparkSession) -> None:
    found = spark.range(0, 601).select((F.col("id") / 100).alias("x")).withColumn("found", erfc(F.col("x"))).collect()
    assert max(abs(row.found / math.erfc(row.x) - 1) for row in found) <= 1.2e-7


def test_q_corrects_p_as_benjamini_and_hochberg_do(spark: SparkSession) -> None:
    given = [(0.01, "a"), (0.04, "b"), (0.03, "c"), (0.005, "d"), (0.2, "e"), (None, "f")]
    found = (
        add_q_values(spark.createDataFrame(given, "p double, name string"), {"p": "q"}, ("name",))
        .orderBy("name")
        .collect()
    )
    assert [row.q for row in found] == [pytest.approx(q) for q in (0.025, 0.05, 0.05, 0.025, 0.2)] + [None]
