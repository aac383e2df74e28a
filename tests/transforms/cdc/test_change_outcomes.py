"""Outcomes and remarks of changes, beside the stored row of their key."""

from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from schemas.cdc_source import CdcSource
from schemas.table import Column
from tests.conftest import assert_rows
from transforms.change_data.change_outcomes import RetentionHorizon, compare_changes

PEOPLE = CdcSource("cdc.people", "one row per person", (Column("id", "bigint", ""),), ("id",))
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
# Seconds after noon, key, operation, whether the key of a row changed, and whether it is an anomaly. Row 1 is there.
CHANGES = [
    (1, 1, "I", False, True),
    (1, 2, "U", False, True),
    (1, 3, "I", False, False),
    (2, 3, "U", False, False),
    (3, 3, "D", True, False),
    (3, 4, "U", True, False),
    # The key of another row: it is overwritten, and the next change of that row deletes this one.
    (4, 1, "D", False, False),
    (5, 1, "U", True, False),
    (6, 1, "U", True, True),
    # Delivered twice.
    (1, 3, "I", False, False),
]


def test_changes_that_contradict_the_rows_before_are_anomalies(spark: SparkSession) -> None:
    seq = PEOPLE.seq.type
    current = spark.createDataFrame([(1, (NOON, ""), "I")], f"id bigint, _seq {seq}, _op string")
    changes = spark.createDataFrame(
        [
            (key, (NOON + timedelta(seconds=seconds), ""), op, ["key_change"] if moved else [], "", False, "/a", number)
            for number, (seconds, key, op, moved, _) in enumerate(CHANGES)
        ],
        f"id bigint, _seq {seq}, _op string, remarks array<string>, raw_line string, is_derived boolean, "
        "source_file string, row_no bigint",
    )
    aux = spark.createDataFrame([], f"id bigint, kind string, _seq {seq}")
    truncated = spark.createDataFrame([(None, None)], f"truncate_seq {seq}, truncate_before {seq}")
    found = compare_changes(changes, current, aux, truncated, PEOPLE, horizon=RetentionHorizon())
    is_anomaly = F.array_contains("remarks", "op_anomaly").alias("is_anomaly")
    expected = [[number, "applied", anomaly] for number, (*_, anomaly) in enumerate(CHANGES)]
    assert_rows(found.select("row_no", "outcome", is_anomaly), "row_no outcome is_anomaly", expected)
