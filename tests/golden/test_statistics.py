"""The golden vectors of intervals, z, probabilities and their correction for many."""

import math

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from transforms.ratios import wilson
from transforms.significance import erfc, pooled_z, two_sided_p, with_q

WILSON = {
    (0, 10): (0, 0.277533),
    (1, 10): (0.017876, 0.404150),
    (5, 10): (0.236593, 0.763407),
    (30, 1000): (0.021094, 0.042503),
    (10, 10): (0.722467, 1),
}


def test_wilson_at_95_percent(spark: SparkSession) -> None:
    low, high = wilson(F.col("x"), F.col("n"))
    found = (
        spark.createDataFrame(list(WILSON), "x long, n long")
        .select("x", "n", low.alias("low"), high.alias("high"))
        .collect()
    )
    assert {(row.x, row.n): (row.low, row.high) for row in found} == {
        key: pytest.approx(bounds, abs=1e-6) for key, bounds in WILSON.items()
    }
    assert [
        (row.low, row.high)
        for row in spark.sql("SELECT 0L AS x, 0L AS n").select(low.alias("low"), high.alias("high")).collect()
    ] == [(None, None)]


@pytest.mark.parametrize(
    ("cells", "z", "p"),
    [((30, 1000, 600, 10_000), -3.892763, 9.9109e-05), ((50, 1000, 600, 10_000), -1.278702, 0.201002)],
)
def test_two_shares_and_the_probability_of_their_distance(
    spark: SparkSession, cells: tuple[int, ...], z: float, p: float
) -> None:
    [row] = (
        spark.range(1)
        .select(pooled_z(*map(F.lit, cells)).alias("z"))
        .withColumn("p", two_sided_p(F.col("z")))
        .collect()
    )
    assert (row.z, row.p) == (pytest.approx(z, abs=1e-6), pytest.approx(p, rel=1e-4))


def test_no_probability_is_above_one(spark: SparkSession) -> None:
    assert spark.range(1).select(two_sided_p(F.lit(0.0)), two_sided_p(F.lit(None).cast("double"))).collect() == [
        (1.0, None)
    ]


def test_erfc_is_as_exact_as_it_says(spark: SparkSession) -> None:
    found = spark.range(0, 601).select((F.col("id") / 100).alias("x")).withColumn("found", erfc(F.col("x"))).collect()
    assert max(abs(row.found / math.erfc(row.x) - 1) for row in found) <= 1.2e-7


def test_benjamini_and_hochberg(spark: SparkSession) -> None:
    given = [(0.01, "a"), (0.04, "b"), (0.03, "c"), (0.005, "d"), (0.2, "e"), (None, "f")]
    found = (
        with_q(spark.createDataFrame(given, "p double, name string"), {"p": "q"}, ("name",)).orderBy("name").collect()
    )
    assert [row.q for row in found] == [pytest.approx(q) for q in (0.025, 0.05, 0.05, 0.025, 0.2)] + [None]
