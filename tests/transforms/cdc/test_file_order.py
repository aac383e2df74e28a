"""The order of change files by their names, which counts where changes have no times or equal ones."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.runtime.cdc.ordering_checks import refuse_unordered_files
from jobs.runtime.errors import BadInput
from jobs.runtime.storage.listing import File
from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc_source import BY_FILE
from tests.conftest import assert_rows
from transforms.change_data.change_order import sequence
from transforms.change_data.file_order import file_time

UUIDS = ("9b2c3d4e-1111-4222-8333-444455556666", "1a2c3d4e-1111-4222-8333-444455556666")
# Names in their order; for a table by file and for one by time whose changes have the same time.
ORDERED = {
    "a day and a counter": ["chg-20240102-9", "chg-20240102-10", "chg-20240102-23", "chg-20240102-24"],
    "a day and a padded counter": ["chg-20240102-000059", "chg-20240102-000060", "chg-20240102-000100"],
    "seconds": ["1704109999", "1704110100", "1704110200"],
    "padded offsets": ["orders+0+0000100999", "orders+0+0000101123", "orders+0+0020240102", "orders+0+0020240132"],
    "offsets": ["orders-0-9999999", "orders-0-10000000", "orders-0-20240102", "orders-0-20240132"],
    "partitions": ["orders-2-9", "orders-10-1"],
    "a counter": ["chg-9", "chg-10", "chg-9999999", "chg-10000000"],
    "DMS": ["LOAD0000000A", "20240101-235959999", "20240102-000000000", "20240102-000000001"],
    "days": ["CDC_2024-01-31", "CDC_2024-02-01", "CDC_2024-02-01-1", "CDC_2024-02-02"],
    "a time of 6 digits": ["orders_20240102", "orders_20240102_095959", "orders_20240102_100000"],
    "a time of 10 digits": ["20141029-1134010000", "20141029-1134010005", "20141029-1200000000"],
    "folders of days": ["dt=2026-01-30/changes-9", "dt=2026-01-31/changes-1"],
    "folders of hours": ["year=2026/month=1/day=31/hour=9/p-1", "year=2026/month=1/day=31/hour=10/p-0"],
    "folders of DMS": ["2026013109/a-2", "2026-01-31-10/a-1", "2026/01/31/11/a-1", "2026/02/01/01/a-0"],
    "partitions of a topic in days": ["2026/01/30/partition=7/a+7+05", "2026/01/31/partition=0/a+0+01"],
    "Spark": [f"dt=2026-01-30/part-0-{UUIDS[0]}-c000", f"dt=2026-01-31/part-0-{UUIDS[1]}-c000"],
    "Firehose": ["s-9-2024-01-02-10-00-00-0a", "s-9-2024-01-02-10-00-01-0a", "s-10-2024-01-02-10-00-00-0a"],
}


@pytest.mark.parametrize("order", [(BY_FILE,), ("commit_ts", BY_FILE)])
def test_files_are_in_the_order_of_the_numbers_in_their_names(spark: SparkSession, order: tuple[str, ...]) -> None:
    given = spark.createDataFrame(
        [
            (kind, f"/in/{name}.csv", "U", datetime(2024, 1, 1, tzinfo=UTC), None, 0)
            for kind, names in ORDERED.items()
            for name in names
        ],
        "kind string, source_file string, _op string, commit_ts timestamp, change_seq string, row_no long",
    )
    seq = sequence(replace(ORDER_CHANGES, sequence=order, history=None), load_ts=None)
    name = F.regexp_extract("source_file", r"/in/(.*)\.csv", 1)
    rows = given.select("kind", name.alias("name"), seq.alias("_seq")).orderBy("_seq").collect()
    assert {kind: [row.name for row in rows if row.kind == kind] for kind in ORDERED} == ORDERED


def test_the_time_of_a_file_is_that_of_its_name_or_else_of_its_folders(spark: SparkSession) -> None:
    times = {
        "20141029-1134010005": "2014-10-29 11:34:01",
        "dt=2026-01-31/changes": "2026-01-31 00:00:00",
        "2026/01/31/10/part-7": "2026-01-31 10:00:00",
        "dt=2026-01-31/CDC_2026-01-30": "2026-01-30 00:00:00",
        "2026/part-7": None,
    }
    given = spark.createDataFrame([(f"/2024/01/01/in/{name}.csv", name) for name in times], "path string, name string")
    found = given.select("name", F.substring(file_time(F.col("path")).cast("string"), 1, 19).alias("time"))
    assert_rows(found, "name time", sorted([name, time] for name, time in times.items()))


UNORDERED = {
    "one name": ("a/changes.csv", "b/changes.csv", True),
    "UUIDs": (f"part-0-{UUIDS[0]}-c000.json", f"part-0-{UUIDS[1]}-c000.json", True),
    "dates": ("dt=2026-01-30/changes.csv", "dt=2026-01-31/changes.csv", False),
    "words": ("a.csv", "b.csv", False),
    "numbers": (f"part-0-{UUIDS[0]}.json", f"part-1-{UUIDS[1]}.json", False),
    "full load": ("a/LOAD00000001.csv", "b/LOAD00000001.csv", False),
}


@pytest.mark.parametrize("kind", UNORDERED)
def test_files_whose_names_tell_no_order_are_refused(spark: SparkSession, kind: str) -> None:
    *names, is_refused = UNORDERED[kind]
    one, other = (f"/in/{name}" for name in names)
    source = replace(ORDER_CHANGES, sequence=(BY_FILE,), history=None)
    message = f"the names of {one} and {other} do not tell which of them comes first; no file was taken"
    with pytest.raises(BadInput, match=message) if is_refused else nullcontext():
        refuse_unordered_files(spark, [File(other, 2, "")], {one: 1}, source)
    # Delivered again; and where other columns order the changes.
    refuse_unordered_files(spark, [File(other, 1, "")], {one: 1}, source)
    refuse_unordered_files(spark, [File(other, 2, "")], {one: 1}, ORDER_CHANGES)


def test_file_is_a_column_of_the_feed_where_it_is_not_last(spark: SparkSession) -> None:
    by_place = replace(ORDER_CHANGES, sequence=("file", "pos"), history=None)
    assert by_place.raw.names[1:3] == ["file", "pos"]
    places = [("bin.000001", "900"), ("bin.000002", "50"), ("bin.000002", "100")]
    given = spark.createDataFrame(
        [("/in/a.csv", "U", 9 - row, *place) for row, place in enumerate(places)],
        "source_file string, _op string, row_no long, file string, pos string",
    )
    found = given.select("file", "pos", sequence(by_place, load_ts=None).alias("_seq")).orderBy("_seq")
    assert [(row.file, row.pos) for row in found.collect()] == places


def test_a_name_with_no_number_but_its_time_has_the_position_that_tables_have_stored(spark: SparkSession) -> None:
    stored = {
        "20240102-101112345": "120240102101112345",
        "CDC_2024-01-02": "120240102000000000",
        "part-00012": "100000000000000012",
        "LOAD0000000A": "00000000000000000a",
    }
    given = spark.createDataFrame(
        [(f"/in/{name}.csv", "U", 3) for name in stored], "source_file string, _op string, row_no long"
    )
    seq = sequence(replace(ORDER_CHANGES, sequence=(BY_FILE,), history=None), load_ts=None)
    found = [row.place for row in given.select(seq.getField("change_seq").alias("place")).collect()]
    assert found == [f"{key}{'' if name.startswith('LOAD') else f' {name}'} {3:019}" for name, key in stored.items()]
