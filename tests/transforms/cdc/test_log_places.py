"""Logs of a source that start over: what tells the changes of another log, and the order that epochs give them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc_columns import FEED_FIRST_SEQ
from tests.conftest import assert_rows
from transforms.change_data.change_order import is_left_behind, is_of_other_log, with_epoch

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
    stored = F.struct(F.lit(f"{epoch}{5:020}").alias("change_seq"), F.lit(NOON).alias("commit_ts"))
    found = given.select(is_left_behind(F.col("_seq"), stored, BY_PLACE).alias("is_left"))
    assert_rows(found, "is_left", sorted([[False], [is_left]]))


def test_changes_up_to_the_time_when_an_epoch_began_are_of_the_log_before(spark: SparkSession) -> None:
    given = changes(spark, *(("9", seconds) for seconds in (0, 60, 61, 120, 121)))
    began = {1: NOON, 3: NOON + timedelta(seconds=60), 4: NOON + timedelta(seconds=120)}
    for epoch, prefixes in (
        (4, ["", "~0001 ", "~0003 ", "~0003 ", "~0004 "]),
        (1, ["", *["~0001 "] * 4]),
        (0, [""] * 5),
    ):
        found = with_epoch(given, epoch, began).select("_seq.change_seq")
        assert_rows(found, "change_seq", sorted([f"{prefix}9"] for prefix in prefixes))
    without_times = with_epoch(given, 1, {}).select("_seq.change_seq")
    assert_rows(without_times, "change_seq", [["~0001 9"]] * 5)
