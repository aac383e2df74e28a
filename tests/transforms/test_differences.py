"""How many rows were added, replaced and removed between two states of a table, by period."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.conftest import assert_rows
from transforms.differences import differences

Rows = list[tuple[int | None, str | None, str]]
Counts = tuple[str, int, int, int]
COUNTS = "period rows_added rows_replaced rows_removed"


def check(spark: SparkSession, before: Rows, after: Rows, key: list[str], expected: list[Counts]) -> None:
    """Compare the differences with the expected counts, in the order of their periods."""
    sides = (spark.createDataFrame(rows, "id int, word string, day string") for rows in (before, after))
    found = differences(*sides, key=key, columns=["id", "word", "day"], period=F.substring("day", 1, 7))
    assert found.columns == COUNTS.split()
    placed = found.withColumn("place", F.monotonically_increasing_id())
    assert_rows(placed, f"place {COUNTS}", [[place, *counts] for place, counts in enumerate(expected)])


def test_a_row_is_added_removed_or_replaced_by_its_key_and_counts_in_its_new_period(spark: SparkSession) -> None:
    before: Rows = [
        (1, "a", "2019-10-01"),
        (2, "b", "2019-10-01"),
        (3, "c", "2019-10-02"),
        (None, "n", "2019-10-03"),
        (5, "moves", "2019-10-01"),
    ]
    after: Rows = [
        (1, "a", "2019-10-01"),
        (2, "B", "2019-10-01"),
        (4, None, "2019-11-01"),
        (None, "n", "2019-10-03"),
        (5, "moves", "2019-12-01"),
    ]
    check(spark, before, after, ["id"], [("2019-10", 0, 1, 1), ("2019-11", 1, 0, 0), ("2019-12", 0, 1, 0)])


def test_without_a_key_equal_rows_are_counted(spark: SparkSession) -> None:
    more, fewer, as_many = ((1, "a", f"2019-{month}-01") for month in (10, 11, 12))
    before: Rows = [more, *[fewer] * 3, as_many]
    after: Rows = [*[more] * 3, fewer, as_many]
    check(spark, before, after, [], [("2019-10", 2, 0, 0), ("2019-11", 0, 0, 2)])


def test_all_rows_of_a_table_that_was_or_becomes_empty_are_added_or_removed(spark: SparkSession) -> None:
    rows: Rows = [(1, "a", "2019-10-01")]
    check(spark, [], rows, ["id"], [("2019-10", 1, 0, 0)])
    check(spark, rows, [], ["id"], [("2019-10", 0, 0, 1)])
