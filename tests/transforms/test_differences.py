"""What of a table is other than it was."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from transforms.differences import differences

Rows = list[tuple[int | None, str | None, str]]


def table(spark: SparkSession, rows: Rows) -> DataFrame:
    return spark.createDataFrame(rows, "id int, word string, day string")


def told(spark: SparkSession, before: Rows, after: Rows, key: list[str]) -> list[tuple[object, ...]]:
    sides = (table(spark, before), table(spark, after))
    return [tuple(row) for row in differences(*sides, key=key, columns=["id", "word", "day"], period=F.substring("day", 1, 7)).collect()]


def test_a_row_comes_goes_or_takes_the_place_of_one_of_its_key(spark: SparkSession) -> None:
    before: Rows = [(1, "a", "2019-10-01"), (2, "b", "2019-10-01"), (3, "c", "2019-10-02"), (None, "n", "2019-10-03")]
    after: Rows = [(1, "a", "2019-10-01"), (2, "B", "2019-10-01"), (4, None, "2019-11-01"), (None, "n", "2019-10-03")]
    assert told(spark, before, after, ["id"]) == [("2019-10", 0, 1, 1), ("2019-11", 1, 0, 0)]


def test_a_row_that_moves_belongs_to_its_new_period(spark: SparkSession) -> None:
    assert told(spark, [(1, "a", "2019-10-01")], [(1, "a", "2019-11-01")], ["id"]) == [("2019-11", 0, 1, 0)]


def test_without_a_key_rows_that_are_alike_are_counted(spark: SparkSession) -> None:
    alike = (1, "a", "2019-10-01")
    assert told(spark, [alike], [alike] * 3, []) == [("2019-10", 2, 0, 0)]
    assert told(spark, [alike] * 3, [alike], []) == [("2019-10", 0, 0, 2)]
    assert told(spark, [alike], [alike], []) == []


def test_a_table_that_begins_or_ends(spark: SparkSession) -> None:
    assert told(spark, [], [(1, "a", "2019-10-01")], ["id"]) == [("2019-10", 1, 0, 0)]
    assert told(spark, [(1, "a", "2019-10-01")], [], ["id"]) == [("2019-10", 0, 0, 1)]
