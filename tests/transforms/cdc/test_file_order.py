"""The order of change files by their names, which counts where changes have no times or equal ones."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc_source import BY_FILE
from transforms.change_data.change_order import sequence

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
    "Firehose": ["s-9-2024-01-02-10-00-00-0a", "s-9-2024-01-02-10-00-01-0a", "s-10-2024-01-02-10-00-00-0a"],
}


@pytest.mark.parametrize("kind", ORDERED)
def test_files_are_in_the_order_of_the_numbers_in_their_names(spark: SparkSession, kind: str) -> None:
    given = spark.createDataFrame(
        [(f"/in/{name}.csv", "U", datetime(2024, 1, 1, tzinfo=UTC), None, 0) for name in ORDERED[kind]],
        "source_file string, _op string, commit_ts timestamp, change_seq string, row_no long",
    )
    for order in ((BY_FILE,), ("commit_ts", BY_FILE)):
        seq = sequence(replace(ORDER_CHANGES, sequence=order, history=None), load_ts=None)
        found = given.select(F.regexp_extract("source_file", r"/in/(.*)\.csv", 1).alias("name"), seq.alias("_seq"))
        assert [row.name for row in found.orderBy("_seq").collect()] == ORDERED[kind], order


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
