"""Local frames between the driver and Spark."""

from datetime import UTC, datetime

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.spark.small_frames import Bounds, bounds


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
