"""Local frames between the driver and Spark, and unions of many frames."""

from datetime import UTC, datetime

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.runtime.spark.small_frames import Bounds, bounds
from jobs.runtime.spark.unions import union_of

ALL_FIELDS = "spark.sql.debug.maxToStringFields"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "found"),
    [
        (None, (at("2019-01-01"), at("2019-10-02"))),
        (at("2020-01-01"), (at("2019-01-01"), at("2019-10-02"))),
        (at("2019-10-02"), (at("2019-01-01"), at("2019-10-01"))),
        (at("2019-09-30"), (at("2019-01-01"), at("2019-01-01"))),  # months without rows
        (at("2019-01-01"), (None, None)),
    ],
)
def test_the_bounds_before_an_instant_are_of_what_came_before_it(
    spark: SparkSession, before: datetime | None, found: Bounds
) -> None:
    times = spark.sql(
        "SELECT explode(array(TIMESTAMP'2019-01-01', TIMESTAMP'2019-10-01', TIMESTAMP'2019-10-02')) AS at"
    )
    assert bounds(times, "at", before) == found


def test_of_nothing_there_are_no_bounds(spark: SparkSession) -> None:
    assert bounds(spark.sql("SELECT TIMESTAMP'2019-01-01' AS at WHERE false"), "at", at("2019-01-02")) == (None, None)


def test_what_follows_a_union_of_many_frames_is_in_its_plan_once(spark: SparkSession) -> None:
    # A column of values that no optimizer can know.
    frames = [spark.range(2, numPartitions=2).select((F.rand(number) + number).alias("value")) for number in range(40)]
    followed = union_of(frames).withColumn("hash", F.sha2(F.col("value").cast("string"), 256))
    usual = spark.conf.get(ALL_FIELDS)
    spark.conf.set(ALL_FIELDS, "1000")
    plan = followed._jdf.queryExecution().optimizedPlan().toString()
    spark.conf.set(ALL_FIELDS, usual)
    assert plan.count("sha2(") == 1
    assert followed.rdd.getNumPartitions() == 80
    assert sorted(int(row.value) for row in followed.collect()) == [number for number in range(40) for _ in range(2)]
