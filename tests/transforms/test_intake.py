"""Judged rows on their way into a table."""

import hashlib
from datetime import date

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.spark.frames import in_order
from transforms.intake import (
    equal_to_some,
    forgotten,
    good_rows,
    hashed,
    ids_in,
    not_refused,
    refused_rows,
    repeated,
    surplus,
    tallied,
    unpublished,
    without_needless_lines,
)

JUDGED = """SELECT * FROM VALUES
    (1, CAST(NULL AS STRING), timestamp'2019-10-01 10:00:00', '/in/b', CAST(NULL AS STRING), CAST(array() AS array<string>), CAST(array() AS array<string>), 1),
    (1, NULL, timestamp'2019-10-01 10:00:00', '/in/a', NULL, array(), array('odd'), 7),
    (2, 'x', timestamp'2019-10-02 10:00:00', '/in/a', NULL, array(), array(), 4),
    (3, 'x', NULL, '/in/a', 'raw', array('bad_time', 'bad_x'), array(), 5)
    AS (id, name, at, source_file, raw_line, problems, remarks, row)"""


FILES = ["/in/b", "/in/a"]
KEY = ["id", "name"]


def good(judged: DataFrame, hashes: DataFrame | None = None) -> DataFrame:
    rows = hashed(judged.withColumn("row", F.col("row").cast("long")), KEY)
    return good_rows(rows, surplus(rows, KEY, in_order(judged.sparkSession, FILES), repeated(rows) if hashes is None else hashes))


def test_equal_good_rows_stay_once_the_first_of_the_smallest_file_with_nulls_alike(spark: SparkSession) -> None:
    judged = spark.sql(JUDGED)
    twice = judged.withColumn("row", F.col("row") + 10).union(judged)
    found = good(twice).orderBy("id").collect()
    assert [(row.id, row.name, row.source_file, row.row) for row in found] == [(1, None, "/in/a", 7), (2, "x", "/in/a", 4)]


def test_rows_that_share_no_more_than_a_hash_all_stay(spark: SparkSession) -> None:
    judged = spark.sql(JUDGED).filter("row <> 1")
    everything = judged.select(F.xxhash64(*KEY).alias("hash")).distinct()
    assert [row.row for row in good(judged, everything).orderBy("row").collect()] == [4, 7]


def test_what_is_published_does_not_come_again_with_nulls_alike(spark: SparkSession) -> None:
    published = spark.sql("SELECT 1 AS id, CAST(NULL AS STRING) AS name, '/in/old' AS source_file")
    found = unpublished(good(spark.sql(JUDGED)), published, KEY).collect()
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


def test_a_day_that_is_in_many_parts_is_told_however_few_the_others_are_in() -> None:
    rows = [
        Row(source_file="/in/a", day=date(2019, 10, day), problems=[], remarks=[], part=part, rows=1) for day, part in ((1, 0), (2, 0), (2, 1), (2, 2), (3, 2))
    ]
    assert RowCounts([*rows, *rows]).most_parts_of_a_day == 3
    assert RowCounts([]).most_parts_of_a_day == 0


def test_rows_are_found_that_equal_others_with_nulls_alike(spark: SparkSession) -> None:
    others = spark.sql("SELECT 1 AS id, CAST(NULL AS STRING) AS name UNION ALL SELECT 1, NULL UNION ALL SELECT 2, 'y'")
    found = equal_to_some(spark.sql(JUDGED), others, ["id", "name"]).collect()
    assert sorted((row.id, row.source_file) for row in found) == [(1, "/in/a"), (1, "/in/b")]


def test_only_a_refused_row_keeps_its_line_and_that_without_nul(spark: SparkSession) -> None:
    judged = spark.sql("SELECT * FROM VALUES ('x', CAST(array() AS ARRAY<STRING>)), (concat('y', char(0)), array('bad_x')) AS (raw_line, problems)")
    assert sorted((row.raw_line or "", row.problems) for row in without_needless_lines(judged).collect()) == [("", []), ("y\u2400", ["bad_x"])]


def test_a_line_that_was_refused_is_known_again_by_its_file_and_text(spark: SparkSession) -> None:
    raw = spark.sql(
        "SELECT * FROM VALUES ('/in/a', 'x'), ('/in/a', 'x'), ('/in/b', 'x'), ('/in/a', concat('y', char(0))), ('/in/a', 'z') AS (source_file, raw_line)"
    )
    rejected = spark.sql("SELECT * FROM VALUES ('/in/a', 'x', array('late')), ('/in/a', 'y\u2400', array('encoding')) AS (source_file, raw_line, problems)")
    assert sorted(map(tuple, not_refused(raw, rejected).collect())) == [("/in/a", "z"), ("/in/b", "x")]


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("2019-10-01 10:00:00,view,0012,u7,000", {"2019-10-01 10:00:00", "view", "0012", "12", "u7", "000", "0"}),
        ("1,+0012345.0,user 67890", {"1", "0012345", "12345", "user 67890", "67890"}),
        ("+42.0,-43,44.00 ,4.5", {"42", "43", "44", "4.5"}),
        ('{"user_id":12,"at":"10:00:00","n": 7}', {"user_id", "12", "at", "10:00:00", "n", "7"}),
        (r'{"user_id":"\u0031\u00302","n":"\u0031234567"}', {"user_id", "102", "n", "1234567"}),
        ("112 121\t 12 \n", {"112 121", "12"}),
        (None, set()),
    ],
)
def test_an_id_is_a_whole_field(spark: SparkSession, line: str | None, ids: set[str]) -> None:
    [row] = spark.range(1).select(F.lit(line).cast("string").alias("raw_line")).select(ids_in("raw_line")).collect()
    assert set(row[0] or ()) - {"", ":"} == ids


def test_of_a_forgotten_person_only_that_is_left(spark: SparkSession) -> None:
    judged = spark.sql(JUDGED).withColumn("raw_line", F.when(F.col("id") == 3, F.lit("x,0002;y")))
    of_two = hashlib.sha256(b"salt2").hexdigest()
    for told, problems in (("id", ["bad_time", "bad_x"]), ("CAST(NULL AS BIGINT)", ["forgotten"])):
        of_line = judged.withColumn("id", F.when(F.col("id") == 3, F.expr(told)).otherwise(F.col("id")))
        found = forgotten(of_line, "id", {"salt": [of_two], "other": ["ff"]}).orderBy(F.col("raw_line").isNotNull(), "problems", "source_file").collect()
        assert sorted((row.problems for row in found), key=str) == sorted([[], [], ["forgotten"], problems], key=str)
    cut = judged.withColumn("problems", F.when(F.col("id") == 3, F.array(F.lit("truncated_or_malformed"))).otherwise(F.col("problems")))
    told = forgotten(cut, "id", {"salt": [of_two]}).orderBy("id", "source_file").collect()
    assert [(row.id, row.raw_line, row.problems) for row in told] == [(1, None, []), (1, None, []), (2, None, ["forgotten"]), (3, None, ["forgotten"])]
    long = forgotten(judged.withColumn("raw_line", F.lit("3,user 0012345.0;y")), "id", {"salt": [hashlib.sha256(b"salt12345").hexdigest()]})
    assert {tuple(row.problems) for row in long.collect()} == {("forgotten",)}
    kept = forgotten(judged, "id", {"salt": [hashlib.sha256(b"salt1").hexdigest()]}).filter("id > 1").orderBy("id").collect()
    assert [(row.raw_line, row.problems) for row in kept] == [(None, []), ("x,0002;y", ["bad_time", "bad_x"])]
