"""Versions of rows that were read without a position in the log."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from schemas.cdc_columns import FEED_FIRST_SEQ
from schemas.cdc_source import CdcSource
from schemas.table import Column
from tests.conftest import assert_rows
from transforms.change_data.change_order import is_load_without_position
from transforms.change_data.scd2_history import rebuild_timeline, version_rows

PEOPLE = CdcSource(
    "cdc.people",
    "one row per person",
    (Column("id", "bigint", ""), Column("name", "string", "")),
    ("id",),
    sequence=("change_seq", "commit_ts"),
    history=("*",),
)
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
LOADED = f"- a {7:019}"


def at(seconds: int, place: str) -> Any:
    return place, NOON + timedelta(seconds=seconds)


def frame(spark: SparkSession, rows: list[Any], columns: str) -> DataFrame:
    return spark.createDataFrame(rows, columns.replace("SEQ", FEED_FIRST_SEQ.type))


@pytest.mark.parametrize(("epoch", "place"), [("", LOADED), ("~0001 ", f"~0001 {LOADED}")])
def test_a_row_without_a_position_that_was_read_after_the_next_change_changes_no_version(
    spark: SparkSession, epoch: str, place: str
) -> None:
    first, second = at(0, f"{epoch}{1:020}"), at(10, f"{epoch}{2:020}")
    versions = [(1, "a", first, second), (1, "b", second, None), (2, "a", at(7300, f"{epoch}{3:020}"), None)]
    loads = [(1, "b", at(3600, place), "L"), (2, "z", at(3600, place), "L")]
    timeline = rebuild_timeline(
        frame(spark, loads, "id bigint, name string, _seq SEQ, _op string"),
        frame(spark, versions, "id bigint, name string, _seq SEQ, _seq_to SEQ"),
        frame(spark, [], "id bigint, name string, _seq SEQ, kind string"),
        frame(spark, [], "_seq SEQ"),
        frame(spark, [], "_seq SEQ"),
        PEOPLE,
    )
    found = version_rows(timeline, PEOPLE).selectExpr("id", "name", "string(valid_from)", "string(valid_to)")
    noon, later, loaded, last = (f"2024-01-01 {time}" for time in ("12:00:00", "12:00:10", "13:00:00", "14:01:40"))
    expected = [[1, "a", noon, later], [1, "b", later, None], [2, "z", loaded, last], [2, "a", last, None]]
    assert_rows(found, "id name valid_from valid_to", expected)


def test_a_negative_number_is_a_position(spark: SparkSession) -> None:
    places = {LOADED: True, f"~0001 {LOADED}": True, f"-{'9' * 27}~": False, f"{1:020}": False, "": False}
    given = frame(spark, [(at(0, place),) for place in places], "_seq SEQ")
    found = given.select("_seq.change_seq", is_load_without_position(given["_seq"]).alias("is_load"))
    assert_rows(found, "change_seq is_load", [[place, is_load] for place, is_load in places.items()])
