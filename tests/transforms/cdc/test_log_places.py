"""Logs of a source that start over: what tells the changes of another log, and the order that epochs give them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc_columns import FEED_FIRST_SEQ
from tests.conftest import assert_rows
from transforms.change_data.change_order import is_of_other_log, place_remarks, sequence
from transforms.change_data.epochs import EpochStart, with_epoch
from transforms.problems import problems

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
BY_PLACE = replace(ORDER_CHANGES, sequence=("change_seq", "commit_ts"))


def changes(spark: SparkSession, *places: tuple[str, int]) -> DataFrame:
    """Updates at a place in the log, so many seconds after noon."""
    rows = [((place, NOON + timedelta(seconds=seconds)), "U") for place, seconds in places]
    return spark.createDataFrame(rows, f"_seq {FEED_FIRST_SEQ.type}, _op string")


OTHER_LOG = [
    # After bin.000004 of the second log at noon.
    ("~0001 bin.000004 9", 120, False),
    ("~0001 bin.000003 9", -120, False),
    ("~0001 bin.000005 1", 120, False),
    ("~0001 bin.000003 9", 120, True),
    ("~0001 other.000009 1", 120, True),
    # What the log before it left behind.
    ("~0001 bin.000123 9", -120, True),
    ("~0001 other.000001 9", -120, True),
    ("bin.000123 9", -120, False),
]


def test_another_log_is_told_by_the_number_and_the_time(spark: SparkSession) -> None:
    given = changes(spark, *((place, seconds) for place, seconds, _ in OTHER_LOG))
    is_other = is_of_other_log(F.col("_seq"), F.col("_op"), "~0001 bin.000004 5", NOON)
    found = given.select(F.col("_seq.change_seq").alias("place"), "_seq.commit_ts", is_other.alias("is_other"))
    expected = [[place, is_other] for place, _, is_other in OTHER_LOG]
    assert_rows(found, "place is_other", sorted(expected))


@pytest.mark.parametrize(("epoch", "is_left"), [("", False), ("~0001 ", True)])
def test_a_change_that_an_old_log_left_behind_is_older_at_a_later_place(
    spark: SparkSession, epoch: str, is_left: bool
) -> None:
    given = changes(spark, (f"{epoch}{9:020}", -120), (f"{epoch}{9:020}", -30))
    remarks = place_remarks(stored(f"{epoch}{5:020}"), F.lit(None).cast(FEED_FIRST_SEQ.type), BY_PLACE)
    found = given.select(remarks["place_went_back"].alias("is_left"))
    assert_rows(found, "is_left", sorted([[False], [is_left]]))


def test_a_newer_change_at_an_earlier_place_is_refused_or_told(spark: SparkSession) -> None:
    given = changes(spark, *((f"{5:020}", seconds) for seconds in (-1, 1, 60, 61)))
    remarks = place_remarks(F.lit(None).cast(FEED_FIRST_SEQ.type), stored(f"{9:020}"), BY_PLACE)
    found = given.select("_seq.commit_ts", problems(remarks).alias("remarks"))
    newer, back = ["newer_but_earlier"], ["place_went_back"]
    assert_rows(found.orderBy("commit_ts"), "remarks", [[[]], [newer], [newer], [back]])


def stored(place: str) -> Column:
    return F.struct(F.lit(place).alias("change_seq"), F.lit(NOON).alias("commit_ts"))


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_changes_up_to_the_time_when_an_epoch_began_are_of_the_log_before(spark: SparkSession) -> None:
    given = changes(spark, *(("9", seconds) for seconds in (0, 60, 61, 120, 121)))
    starts = {number: EpochStart(at(end), at(end), "9") for number, end in ((1, 0), (3, 60), (4, 120))}
    for epoch, prefixes in (
        (4, ["", "~0001 ", "~0003 ", "~0003 ", "~0004 "]),
        (1, ["", *["~0001 "] * 4]),
        (0, [""] * 5),
    ):
        found = with_epoch(given, epoch, starts).select("_seq.change_seq")
        assert_rows(found, "change_seq", sorted([f"{prefix}9"] for prefix in prefixes))
    without_times = with_epoch(given, 1, {}).select("_seq.change_seq")
    assert_rows(without_times, "change_seq", [["~0001 9"]] * 5)


# The newest change before the epoch is of noon. Its first delivery begins so many seconds later, and ends at place 5.
DOUBTFUL = [
    # The clock of the new server is behind: its changes are told by their places.
    (-20, "4", -30, True),
    (-20, "9", -10, False),
    (-20, "4", -10, True),
    (-20, "9", 1, True),
    # What the old log left behind, and what the new log delivers out of order.
    (90, "9", 60, False),
    (90, "4", 60, True),
    (90, "9", 91, True),
    (90, "9", -1, False),
    (90, "4", -61, False),
    # Base names are not compared.
    (90, "old.000001 1", 60, False),
]


@pytest.mark.parametrize(("first", "place", "seconds", "is_new"), DOUBTFUL)
def test_about_the_time_when_an_epoch_began_places_decide(
    spark: SparkSession, first: int, place: str, seconds: int, is_new: bool
) -> None:
    last_place = "new.000002 5" if " " in place else "5"
    starts = {1: EpochStart.of(NOON, at(first), last_place)}
    found = with_epoch(changes(spark, (place, seconds)), 1, starts).select("_seq.change_seq")
    assert_rows(found, "change_seq", [[f"~0001 {place}" if is_new else place]])


def test_numbers_of_any_form_are_compared_as_numbers(spark: SparkSession) -> None:
    ordered = [
        "-10.5",
        "-10",
        "-9.5",
        "-9.25",
        "-5",
        "0.0",
        "3",
        "+4",
        "9",
        "9.25",
        "9.5",
        "10.0",
        "1.1E1",
        "100",
        "1e9",
    ]
    given = spark.createDataFrame(
        [(text, "U", NOON, "/in/a.csv", row) for row, text in enumerate(ordered)],
        "change_seq string, _op string, commit_ts timestamp, source_file string, row_no long",
    )
    placed = given.select("change_seq", sequence(BY_PLACE, load_ts=None).alias("_seq")).orderBy("_seq.change_seq")
    assert [row.change_seq for row in placed.collect()] == ordered
