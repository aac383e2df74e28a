"""Changes in JSON: plain objects, DMS's envelope, and Debezium's events."""

import json
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from tests.conftest import assert_rows
from transforms.change_data.json_changes import change_fields, json_changes

NAMES = [RAW_OP.name, COMMIT_TS.name, "id", "name", CHANGE_SEQ.name]
TIMED = {"ts_ms": 1_570_269_600_000}
AT_10 = "2019-10-05 10:00:00"


def lines_of(spark: SparkSession, *objects: Any) -> DataFrame:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in objects]
    return spark.createDataFrame([(text, "/in/a.json") for text in texts], "line string, source_file string")


def read(spark: SparkSession, *objects: Any, has_op: bool = True, **columns: str) -> DataFrame:
    fields = {"id": "id", "name": "name", **columns}
    types = {"id": "bigint", "name": "string"}
    lines = lines_of(spark, *objects)
    return json_changes(lines, NAMES, columns=fields, types=types, semantic_types={}, old_keys=["id"], has_op=has_op)


def dms(operation: str, kind: str = "data", **envelope: Any) -> dict[str, Any]:
    at = "2019-10-05T10:00:00Z"
    return {**envelope, "metadata": {"timestamp": at, "record-type": kind, "operation": operation}}


def nested(op: str, **images: Any) -> dict[str, Any]:
    return {"op": op, "source": {**TIMED, "file": "bin.000003", "pos": 4, "row": 0}, **images}


def test_a_plain_object_has_its_operation_and_time_in_its_own_columns(spark: SparkSession) -> None:
    found = read(
        spark,
        {"what": "D", "when": AT_10, "id": 1, "name": "a"},
        {"what": "U", "when": 1_570_269_600_000, "id": 2, "name": "b"},
        {"what": "", "id": 3},
        {"id": 4},
        op="what",
        commit_ts="when",
    )
    expected = [
        ["D", AT_10, "1", "a"],
        ["U", AT_10, "2", "b"],
        ["(none)", None, "3", None],
        ["(none)", None, "4", None],
    ]
    assert_rows(found, "op commit_ts id name", expected)


def test_objects_without_any_operation_are_a_load(spark: SparkSession) -> None:
    assert_rows(read(spark, {"id": 1, "name": "a"}, has_op=False), "op id name", [[None, "1", "a"]])


def test_the_envelope_of_dms_tells_operation_time_and_the_old_key(spark: SparkSession) -> None:
    found = read(
        spark,
        dms("load", data={"id": 1, "name": "a"}),
        {**dms("update", data={"id": 2, "name": "b"}), "before-image": {"id": 1}},
        dms("delete", data={"id": 2}),
        dms("truncate-table", kind="control"),
    )
    at = "2019-10-05 10:00:00"
    expected = [
        ["load", "1", "a", None, False],
        ["update", "2", "b", "1", False],
        ["delete", "2", None, None, False],
        ["truncate", None, None, None, False],
    ]
    assert_rows(found, "op id name old_id malformed", expected)
    assert_rows(found.selectExpr("string(cast(commit_ts AS timestamp)) AS at").distinct(), "at", [[at]])


def test_events_of_debezium_tell_the_old_key_and_their_place(spark: SparkSession) -> None:
    flat = {"id": 3, "name": "c", "__op": "c", "__deleted": "false", "__source_ts_ms": 1_570_269_600_000}
    found = read(
        spark, nested("u", before={"id": 1}, after={"id": 2, "name": "b"}), nested("d", before={"id": 2}), flat
    )
    expected = [["u", AT_10, "2", "b", "1"], ["d", AT_10, "2", None, None], ["c", AT_10, "3", "c", None]]
    assert_rows(found, "op commit_ts id name old_id", expected)


def test_binlogs_are_in_the_order_of_their_numbers(spark: SparkSession) -> None:
    files = ["mysql-bin.000009", "mysql-bin.000010", "mysql-bin.999999", "mysql-bin.1000000", "mysql-bin.1000001"]
    events = [
        {"op": "u", "source": {**TIMED, "file": file, "pos": 4}, "after": {"id": n}} for n, file in enumerate(files)
    ]
    ordered = read(spark, *reversed(events)).orderBy("change_seq").select("id").collect()
    assert [row.id for row in ordered] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("prefix", ["__", "dbz_", "_", ""])
def test_a_flattened_event_is_known_by_any_prefix(spark: SparkSession, prefix: str) -> None:
    def event(number: int, op: str, deleted: str = "false") -> dict[str, Any]:
        added = {"op": op, "source_ts_ms": TIMED["ts_ms"], "lsn": 7}
        return {
            "id": number,
            "name": "a",
            "__deleted": deleted,
            **{f"{prefix}{key}": value for key, value in added.items()},
        }

    events = [event(1, "c"), event(2, "d", "true")]
    expected = [["c", AT_10, "1", f"{7:020}"], ["d", AT_10, "2", f"{7:020}"]]
    assert_rows(read(spark, *events), "op commit_ts id change_seq", expected)
    names = [row.name for row in change_fields(lines_of(spark, *events)).orderBy("name").collect()]
    assert names == (["id", "lsn", "name"] if prefix == "" else ["id", "name"])
    # Fields under names that an option gives are read where Debezium added none.
    own = {"id": 3, "what": "u", "when": AT_10, "__deleted": "false"}
    assert_rows(read(spark, own, op="what", commit_ts="when"), "op commit_ts id", [["u", AT_10, "3"]])
    # Or the row tells only whether it was deleted.
    assert_rows(read(spark, {"id": 3, "__deleted": "false"}, {"id": 3, "__deleted": "true"}), "op", [["u"], ["d"]])
    # A plain object may have names that begin or end alike.
    plain = {"what": "I", "id": 4, "stop": 1, "__v": 1, "status": "BEGIN", "event_count": 2}
    assert "__v" in [row.name for row in change_fields(lines_of(spark, plain)).collect()]
    assert_rows(read(spark, plain, op="what"), "op id", [["I", "4"]])


def test_several_objects_on_a_line_are_malformed_and_braces_in_texts_are_not(spark: SparkSession) -> None:
    found = read(
        spark,
        '{"id": 1, "what": "I"}{"id": 2, "what": "I"}',
        '{"id": 3, "what": "I", "name": "} {"}',
        '{"id": 4, "what": "I"} {"id": 5',
        op="what",
    )
    assert_rows(found, "malformed", [[True], [False], [True]])


def test_the_order_of_mongodb_is_that_of_its_seconds_and_of_the_changes_in_them(spark: SparkSession) -> None:
    places = [(1_700_000_000_000, 5), (1_700_000_000_000, 10), (1_700_000_001_000, 1)]
    events = [
        {"op": "c", "after": json.dumps({"id": number}), "source": {"ts_ms": ts_ms, "ord": ord_}}
        for number, (ts_ms, ord_) in enumerate(places)
    ]
    ordered = read(spark, *reversed(events)).orderBy("change_seq").select("id").collect()
    assert [row.id for row in ordered] == ["0", "1", "2"]


CONTROL = {
    "heartbeat": {"ts_ms": 5},
    "start of a transaction": {"status": "BEGIN", "id": "1:2", "event_count": None, "data_collections": None},
    "schema change": {"source": {"file": "a"}, "databaseName": "shop", "ddl": "CREATE TABLE t (id int)"},
    "message": nested("m", message={"prefix": "p"}),
    "change of a table by DMS": dms("create-table", kind="control"),
    "transaction of DMS": {"metadata": {"timestamp": "2019-10-05T10:00:00Z", "record-type": "transaction"}},
}
NOTHING: dict[str, Any] = {
    "tombstone": "null",
    "empty line": "  ",
    "event without a payload": {"schema": {"fields": []}, "payload": None},
}


@pytest.mark.parametrize("line", [*CONTROL.values(), *NOTHING.values()], ids=[*CONTROL, *NOTHING])
def test_a_control_record_is_no_row_and_has_no_columns(spark: SparkSession, line: Any) -> None:
    assert_rows(read(spark, line), "op id", [])
    counted = [[None, 1]] if line in CONTROL.values() else []
    assert_rows(change_fields(lines_of(spark, line)), "name records", counted)


def test_what_is_no_object_is_malformed_and_half_a_character_is_broken_text(spark: SparkSession) -> None:
    found = read(spark, "[1]", "{", '{"op": "I", "id": 1, "name": "\\ud83d"}', op="op")
    expected = [["[1]", True, None], ["{", True, None], ['{"op": "I", "id": 1, "name": "\\ud83d"}', False, "\ufffd"]]
    assert_rows(found, "raw_line malformed name", expected)


def test_only_plain_objects_have_control_columns(spark: SparkSession) -> None:
    given = lines_of(
        spark, nested("c", before=None, after={"id": 1, "operation": "x"}), {"id": 2, "timestamp": AT_10}, dms("load")
    )
    expected = [
        ["id", True, True, False],
        ["operation", False, True, False],
        ["timestamp", True, False, False],
    ]
    assert_rows(change_fields(given), "name is_plain has_op has_before", expected)
