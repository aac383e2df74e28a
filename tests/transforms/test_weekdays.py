"""Days against earlier ones of the same weekday."""

from datetime import date, timedelta

import pytest
from pyspark.sql import DataFrame, SparkSession

from transforms.weekdays import against_weekdays

DAY = date(2019, 12, 3)


def days(spark: SparkSession, *values: float) -> DataFrame:
    """Days a week apart, up to DAY."""
    rows = ", ".join(f"(DATE'{DAY - timedelta(weeks=weeks)}', {value}D)" for weeks, value in enumerate(reversed(values)))
    return spark.sql(f"SELECT * FROM VALUES {rows} AS days(day, value)")


@pytest.mark.parametrize(
    ("values", "known", "usual", "spread"),
    [
        ((10, 20, 40, 99), 3, 20, 10),
        ((7, 7, 7, 7, 9), 4, 7, 1),  # all alike: at least 1
        ((100, 100, 100), 2, 100, 5),  # or a twentieth
        ((1000, *range(1, 9), 0), 8, 4.5, 2),  # eight weeks back, not nine
    ],
)
def test_usual_is_the_median_and_the_spread_that_of_the_deviations(
    spark: SparkSession, values: tuple[float, ...], known: int, usual: float, spread: float
) -> None:
    found = against_weekdays(days(spark, *values)).filter(f"day = DATE'{DAY}'").select("value", "known", "usual", "spread").collect()
    assert [tuple(row) for row in found] == [(values[-1], known, usual, spread)]


def test_other_weekdays_count_for_nothing(spark: SparkSession) -> None:
    others = spark.sql(f"SELECT * FROM VALUES (DATE'{DAY}' - 1, 1D), (DATE'{DAY}' + 7, 1D) AS days(day, value)").filter(f"day < DATE'{DAY}'")
    assert against_weekdays(days(spark, 5).unionByName(others)).collect() == []
