"""Judged rows on their way into a table."""

from datetime import date

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from transforms.intake import good_rows, on_days, refused_rows, tallied, unpublished

JUDGED = """SELECT * FROM VALUES
    (1, CAST(NULL AS STRING), timestamp'2019-10-01 10:00:00', '/in/b', CAST(NULL AS STRING), CAST(array() AS array<string>), CAST(array() AS array<string>)),
    (1, NULL, timestamp'2019-10-01 10:00:00', '/in/a', NULL, array(), array('odd')),
    (2, 'x', timestamp'2019-10-02 10:00:00', '/in/a', NULL, array(), array()),
    (3, 'x', NULL, '/in/a', 'raw', array('bad_time', 'bad_x'), array())
    AS (id, name, at, source_file, raw_line, problems, remarks)"""


def test_equal_good_rows_stay_once_from_the_smallest_file_with_nulls_alike(spark: SparkSession) -> None:
    found = good_rows(spark.sql(JUDGED), ["id", "name"]).orderBy("id").collect()
    assert [tuple(row) for row in found] == [(1, None, "/in/a"), (2, "x", "/in/a")]


def test_what_is_published_does_not_come_again_with_nulls_alike(spark: SparkSession) -> None:
    published = spark.sql("SELECT 1 AS id, CAST(NULL AS STRING) AS name, '/in/old' AS source_file")
    found = unpublished(good_rows(spark.sql(JUDGED), ["id", "name"]), published, ["id", "name"]).collect()
    assert [row.id for row in found] == [2]


def test_refused_rows_are_whole(spark: SparkSession) -> None:
    assert [tuple(row) for row in refused_rows(spark.sql(JUDGED)).collect()] == [("raw", ["bad_time", "bad_x"], "/in/a")]


def test_every_row_is_counted_once_by_file_day_and_kind(spark: SparkSession) -> None:
    found = tallied(spark.sql(JUDGED), "at").collect()
    assert sum(row.rows for row in found) == 4
    assert {(row.source_file, row.day, len(row.problems)) for row in found} == {
        ("/in/a", date(2019, 10, 1), 0),
        ("/in/b", date(2019, 10, 1), 0),
        ("/in/a", date(2019, 10, 2), 0),
        ("/in/a", None, 2),
    }


def test_days_are_asked_for_as_spans(spark: SparkSession) -> None:
    days = [date(2019, 10, 3), date(2019, 10, 1), date(2019, 10, 2), date(2019, 12, 1)]
    hours = spark.sql("SELECT explode(sequence(timestamp'2019-09-30 00:00:00', timestamp'2019-12-03 00:00:00', interval 1 hour)) AS at")
    condition = on_days("at", days)
    found = hours.filter(condition).agg(F.count("*"), F.count_distinct(F.to_date("at"))).collect()[0]
    assert tuple(found) == (24 * 4, 4)
    assert str(condition).lower().count("and") == 2
    assert hours.filter(on_days("at", [])).agg(F.count("*")).collect()[0][0] == 0
