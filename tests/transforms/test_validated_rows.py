"""Validated rows on their way into a table."""

import hashlib
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.spark.small_frames import numbered_files
from tests.conftest import assert_rows
from transforms.validated_rows import (
    candidate_ids,
    count_rows,
    drop_unneeded_lines,
    duplicate_rows,
    good_rows,
    mark_forgotten,
    rejected_rows,
    repeated_hashes,
    unpublished,
    with_key_hash,
    with_key_in,
    without_rejected,
)

CHECKED = """SELECT * FROM VALUES
    (1, NULL, timestamp'2019-10-01 10:00:00', '/in/b', NULL, array(), array(), 1),
    (1, NULL, timestamp'2019-10-01 10:00:00', '/in/a', NULL, array(), array('odd'), 7),
    (2, 'x', timestamp'2019-10-02 10:00:00', '/in/a', NULL, array(), array(), 4),
    (3, 'x', NULL, '/in/a', 'raw', array('bad_time', 'bad_x'), array(), 5)
    AS (id, name, at, source_file, raw_line, problems, remarks, row)"""


FILES = ["/in/b", "/in/a"]
KEY = ["id", "name"]


def good(checked: DataFrame, hashes: DataFrame | None = None) -> DataFrame:
    rows = with_key_hash(checked.withColumn("row", F.col("row").cast("long")), KEY)
    files = numbered_files(checked.sparkSession, FILES)
    return good_rows(rows, duplicate_rows(rows, KEY, files, repeated_hashes(rows) if hashes is None else hashes))


def test_of_equal_good_rows_the_first_of_the_smallest_file_stays_with_nulls_equal(spark: SparkSession) -> None:
    checked = spark.sql(CHECKED)
    twice = checked.withColumn("row", F.col("row") + 10).union(checked)
    assert_rows(good(twice), "id name source_file row", [[1, None, "/in/a", 7], [2, "x", "/in/a", 4]])


def test_different_rows_with_the_same_hash_all_stay(spark: SparkSession) -> None:
    checked = spark.sql(CHECKED).filter("row <> 1")
    everything = checked.select(F.xxhash64(*KEY).alias("hash")).distinct()
    assert_rows(good(checked, everything), "row", [[4], [7]])


def test_a_published_row_is_not_published_again_with_nulls_equal(spark: SparkSession) -> None:
    published = spark.sql("SELECT 1 AS id, CAST(NULL AS STRING) AS name, '/in/old' AS source_file")
    assert_rows(unpublished(good(spark.sql(CHECKED)), published, KEY), "id", [[2]])


def test_a_rejected_row_keeps_its_line_its_problems_and_its_file(spark: SparkSession) -> None:
    found = rejected_rows(spark.sql(CHECKED))
    assert found.columns == ["raw_line", "problems", "source_file"]
    assert_rows(found, "raw_line problems source_file", [["raw", ["bad_time", "bad_x"], "/in/a"]])


def test_every_row_is_counted_once_by_file_day_and_kind(spark: SparkSession) -> None:
    expected = [
        ["/in/a", "2019-10-01", [], ["odd"], 1],
        ["/in/b", "2019-10-01", [], [], 1],
        ["/in/a", "2019-10-02", [], [], 1],
        ["/in/a", None, ["bad_time", "bad_x"], [], 1],
    ]
    assert_rows(count_rows(spark.sql(CHECKED), "at"), "source_file day problems remarks rows", expected)


def test_the_most_parts_of_a_day_are_counted_although_other_days_have_fewer() -> None:
    of_file = {"source_file": "/in/a", "problems": [], "remarks": [], "rows": 1}
    parts = ((1, 0), (2, 0), (2, 1), (2, 2), (3, 2))
    rows = [Row(**of_file, day=date(2019, 10, day), part=part) for day, part in parts]
    assert RowCounts([*rows, *rows]).max_partitions_per_day == 3
    assert RowCounts([]).max_partitions_per_day == 0


def test_rows_that_equal_others_are_found_with_nulls_equal(spark: SparkSession) -> None:
    others = spark.sql("SELECT 1 AS id, CAST(NULL AS STRING) AS name UNION ALL SELECT 1, NULL UNION ALL SELECT 2, 'y'")
    assert_rows(with_key_in(spark.sql(CHECKED), others, KEY), "id source_file", [[1, "/in/a"], [1, "/in/b"]])


def test_only_a_rejected_row_keeps_its_line_and_without_nul(spark: SparkSession) -> None:
    checked = spark.createDataFrame([("x", []), ("y\0", ["bad_x"])], "raw_line string, problems array<string>")
    assert_rows(drop_unneeded_lines(checked), "raw_line problems", [[None, []], ["y\u2400", ["bad_x"]]])


def test_a_rejected_line_is_recognised_by_its_file_and_text(spark: SparkSession) -> None:
    lines = [("/in/a", "x"), ("/in/a", "x"), ("/in/b", "x"), ("/in/a", "y\0"), ("/in/a", "z")]
    raw = spark.createDataFrame(lines, "source_file string, raw_line string")
    stored = [("/in/a", "x", ["late"]), ("/in/a", "y\u2400", ["encoding"])]
    rejected = spark.createDataFrame(stored, "source_file string, raw_line string, problems array<string>")
    found = without_rejected(raw, rejected)
    assert found.columns == ["source_file", "raw_line"]
    assert_rows(found, "source_file raw_line", [["/in/a", "z"], ["/in/b", "x"]])


def test_an_id_is_a_whole_field_or_a_long_word(spark: SparkSession) -> None:
    cases: list[tuple[str | None, list[str]]] = [
        ("2019-10-01 10:00:00,view,0012,u7,000", ["2019-10-01 10:00:00", "view", "0012", "12", "u7", "000", "0"]),
        ("1,+0012345.0,user 67890", ["1", "0012345", "12345", "user 67890", "67890"]),
        ("+42.0,-43,44.00 ,4.5", ["42", "43", "44", "4.5"]),
        ('{"user_id":12,"at":"10:00:00","n": 7}', ["user_id", "12", "at", "10:00:00", "n", "7"]),
        (r'{"user_id":"\u0031\u00302","n":"\u0031234567"}', ["user_id", "102", "n", "1234567"]),
        ("112 121\t 12 \n", ["112 121", "12"]),
        # What a JSON reader takes for the same text or number.
        (r'{"n":"\u006aane","m":"\tjoe","x":"a\/b"}', ["n", "jane", "m", "joe", "x", "a/b"]),
        (r'{"n":5.12345678E8,"x":"\\u0031"}', ["n", "5.12345678E8", "512345678", "12345678E8", "x", "1"]),
        ('{"m":51234.5e+1}', ["m", "51234.5e+1", "512345", "51234"]),
        (None, []),
    ]
    ids = F.array_sort(F.array_except(candidate_ids("raw_line"), F.array(F.lit(""), F.lit(":"))))
    found = spark.createDataFrame([(line,) for line, _ in cases], "raw_line string").withColumn("ids", ids)
    assert_rows(found, "raw_line ids", [[line, sorted(expected)] for line, expected in cases])


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_row_of_a_forgotten_person_keeps_only_that_problem(spark: SparkSession) -> None:
    """Erased are the persons 2, 12345 and, with another salt, 7."""
    bad, cut, is_forgotten = ["bad_time", "bad_x"], ["truncated_or_malformed"], [None, ["forgotten"]]
    cases: list[tuple[int | None, str | None, list[str], list[Any]]] = [
        (1, None, [], [None, []]),
        (2, None, [], is_forgotten),
        (7, None, [], is_forgotten),
        # Any field may be the id if the id is unreadable or the line was cut.
        (3, "x,0002;y", bad, ["x,0002;y", bad]),
        (None, "x,0002;y", bad, is_forgotten),
        (3, "x,0002;y", cut, is_forgotten),
        (None, "x,0003;y", bad, ["x,0003;y", bad]),
        (3, "x,0003;y", cut, ["x,0003;y", cut]),
        # A long word is always sufficient.
        (3, "3,user 0012345.0;y", bad, is_forgotten),
        (1, "3,user 0012345.0;y", [], is_forgotten),
        (3, "3,user 0012346.0;y", bad, ["3,user 0012346.0;y", bad]),
    ]
    given = [(number, *case[:3]) for number, case in enumerate(cases)]
    checked = spark.createDataFrame(given, "row int, id long, raw_line string, problems array<string>")
    hashes = {"salt": [hash_of("salt2"), hash_of("salt12345")], "other": [hash_of("other7")]}
    found = mark_forgotten(checked, ("id",), hashes)
    expected = [[number, person, *outcome] for number, (person, _, _, outcome) in enumerate(cases)]
    assert_rows(found, "row id raw_line problems", expected)
