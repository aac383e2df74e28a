"""The content of change files: wider and other types, and Debezium events."""

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from jobs.cdc import apply, orders
from jobs.runtime.cdc.change_metrics import columns_of_operations
from jobs.runtime.quality.gate import examples
from schemas.cdc_feed import OPS
from schemas.table import Table
from tests.conftest import InProcess
from tests.faults import fault

ROW = {
    "order_id": 1,
    "customer_id": "c",
    "ordered_at": 1_569_924_000_000,
    "status": "new",
    "amount": "10.50",
    "currency": "EUR",
    "note": "",
}


def event(op: str, place: int, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "op": op,
        "before": before,
        "after": after,
        "source": {"ts_ms": 1_570_269_600_000, "file": "bin.000003", "pos": place, "row": 0},
    }


@pytest.mark.slow
def test_events_of_debezium_are_changes_with_their_schema_or_without(daily: InProcess) -> None:
    daily.job = orders.JOB
    flat = {**ROW, "order_id": 3, "__op": "r", "__source_ts_ms": 1_570_269_600_000, "__deleted": "false"}
    delivered = [
        event("c", 100, None, ROW),
        {"schema": {"fields": []}, "payload": event("u", 2_000, ROW, {**ROW, "status": "paid"})},
        event("c", 101, None, {**ROW, "order_id": 2}),
        event("d", 2_001, {**ROW, "order_id": 2}, None),
        flat,
    ]
    daily.deliver("events.json", *map(json.dumps, delivered), header="")
    assert daily.run() == 0, daily.output
    rows = (
        daily.table("cdc.orders")
        .selectExpr("order_id", "status", "string(ordered_at)", "string(amount)", "note", "_op")
        .orderBy("order_id")
        .collect()
    )
    assert [tuple(row) for row in rows] == [
        (1, "paid", "2019-10-01 10:00:00", "10.50", "", "U"),
        (3, "new", "2019-10-01 10:00:00", "10.50", "", "L"),
    ]


@pytest.mark.slow
def test_plain_objects_and_the_envelope_of_dms_are_changes_and_objects_without_operation_no_load(
    daily: InProcess,
) -> None:
    daily.job = apply.JOB
    people = ("--table", "people", "--keys", "id")
    plain = [
        {"what": "I", "at": "2019-10-05 10:00:00", "id": 1, "name": "Ana"},
        {"what": "I", "at": "2019-10-05 10:00:00", "id": 2, "name": "Ivo"},
        {"what": "D", "at": "2019-10-05 10:00:01", "id": 2},
        {"what": "U", "at": "2099-10-05 10:00:01", "id": 1, "name": "Eva"},
        {"id": 3, "name": "Jan"},
    ]
    daily.deliver("a.json", *map(json.dumps, plain), header="")
    named = ("--columns", "op=what,commit_ts=at", "--clock", "2019-10-06T00:00:00Z")
    assert daily.run(*people, *named, "--max_rejected_share", "1") == 0, daily.output
    assert [tuple(row) for row in daily.table("cdc.people").select("id", "name").collect()] == [("1", "Ana")]
    rejected = daily.table("cdc.rejected_people").selectExpr("explode(problems)").collect()
    assert sorted(row[0] for row in rejected) == ["future_commit_time", "unknown_op"]

    daily.deliver("b.json", json.dumps({"id": 4, "name": "Mia"}), header="")
    assert daily.run(*people) == 2
    assert "b.json has no operation in any change; no file was taken: name its column with --columns" in daily.output
    metadata = {"record-type": "data", "operation": "update", "timestamp": "2019-10-05T11:00:00.5Z"}
    dms = {"data": {"id": 5, "name": "Anna"}, "before-image": {"id": 1}, "metadata": metadata}
    daily.deliver("b.json", json.dumps(dms), '{"ts_ms": 1570269600000}', header="")
    assert daily.run(*people) == 0, daily.output
    assert [tuple(row) for row in daily.table("cdc.people").select("id", "name").collect()] == [("5", "Anna")]


@pytest.mark.slow
def test_an_object_that_is_no_event_decides_neither_columns_nor_order(daily: InProcess) -> None:
    daily.job = apply.JOB
    source = {"lsn": 5, "ts_ms": 1_704_103_200_000}
    event = json.dumps({"op": "c", "before": None, "after": {"id": 1}, "source": source})
    daily.deliver("a.json", event, json.dumps({"id": 2, "stray": 3}), header="")
    assert daily.run("--table", "people", "--keys", "id", "--max_rejected_share", "1") == 0, daily.output
    people, rejected = daily.table("cdc.people"), daily.table("cdc.rejected_people")
    assert [name for name in people.columns if not name.startswith("_")] == ["id"]
    assert people.select("_seq.*").columns[0] == "change_seq"
    assert [(row.raw_line, row.problems) for row in rejected.collect()] == [('{"id": 2, "stray": 3}', ["unknown_op"])]


def test_the_example_of_a_rejected_event_begins_after_its_schema(spark: SparkSession) -> None:
    event = '{"op":"c","after":{"id":1}}'
    line = f'{{"schema":{{"fields":[{{"field":"payload"}}]}}, "payload":{event}}}'
    rejected = spark.createDataFrame([(["bad_n"], line)], "problems array<string>, raw_line string")
    assert examples(rejected, Table("cdc.rejected_people", "", ())) == [f"1 row bad_n, such as {event}}}"]


# The values of a column -> the operations that it has.
OPERATIONS = {
    "words": (["insert", " Delete", None], ["delete", "insert"]),
    "one_word": (["delete", "delete", ""], ["delete"]),
    "letters": (["I", "U", "u"], ["i", "u"]),
    "own_codes": (["X", "N", "N"], ["n", "x"]),
    "sizes": (["L", "L", "B"], None),
    "sides": (["C", "D", "D"], None),
    "grade": (["D", None, None], None),
    "several_words": (["insert", "delete", "archive"], ["delete", "insert"]),
    "other_words": (["insert", "archive", "restore"], None),
    "other_letters": (["I", "U", "x1"], None),
    "nothing": ([None, "", None], None),
}


def test_columns_that_hold_nothing_but_operations_are_found(spark: SparkSession) -> None:
    values = zip(*(values for values, _ in OPERATIONS.values()), strict=True)
    rows = spark.createDataFrame(values, ", ".join(f"{name} string" for name in OPERATIONS))
    found = columns_of_operations(rows, rows.columns, {**OPS, "n": "I", "x": "D"})
    assert found == {name: codes for name, (_, codes) in OPERATIONS.items() if codes}


@pytest.mark.slow
def test_a_feed_whose_operations_are_in_a_column_of_another_name_is_no_full_load(daily: InProcess) -> None:
    daily.job = apply.JOB
    lines = ("1,insert,2019-10-01 10:00:00", "2,delete,2019-10-01 10:00:01")
    daily.deliver("a.csv", *lines, header="id,action,changed_at")
    people = ("--table", "people", "--keys", "id")
    assert daily.run(*people) == 2
    assert "the files have no operation, but column action has delete and insert; no file was taken" in daily.output
    assert "--columns op=action,commit_ts=<the column with their times>" in daily.output
    assert daily.run(*people, "--columns", "action=action") == 0, daily.output
    assert sorted(row.action for row in daily.table("cdc.people").collect()) == ["delete", "insert"]


@pytest.mark.slow
def test_rows_before_an_update_and_tombstones_are_no_changes_and_a_flag_may_tell_deletes(daily: InProcess) -> None:
    daily.job = apply.JOB
    flat = [{"id": number, "name": "a", "__op": "c", "__source_ts_ms": 1_570_269_600_000} for number in (1, 2)]
    daily.deliver("1.json", *map(json.dumps, [*flat, None]), header="")
    flags = {"id": ["2", "3"], "name": ["a", "c"], "__deleted": ["true", "false"]}
    pq.write_table(pa.table({**flags, "__source_ts_ms": [1_570_269_601_000] * 2}), daily.input / "2.parquet")
    daily.deliver(
        "3.csv", "B,2019-10-05 10:00:02,1,a", "U,2019-10-05 10:00:02,1,b", header="operation,timestamp,id,name"
    )
    assert daily.run("--table", "people", "--keys", "id") == 0, daily.output
    assert "nothing else that tells deletes: deleted rows stay; set delete.tombstone.handling.mode" in daily.output
    rows = daily.table("cdc.people").select("id", "name").orderBy("id").collect()
    assert [tuple(row) for row in rows] == [("1", "b"), ("3", "c")]
    [counts] = daily.table("ops.runs").filter("table = 'cdc.people' AND status = 'published'").collect()
    assert {"about": "record", "kind": "control", "rows": 2} in json.loads(counts.changes_json)


@pytest.mark.nightly
@fault("C04")
@pytest.mark.slow
def test_where_images_from_before_tell_the_old_key_the_old_row_goes(daily: InProcess) -> None:
    daily.job = apply.JOB
    header = "Op,TIMESTAMP,id,name,old_id"
    daily.deliver(
        "20191005-100000000.csv",
        "I,2019-10-05 10:00:00,1,Ana,NULL",
        "U,2019-10-05 10:00:01,2,Ana,1",
        "U,2019-10-05 10:00:02,2,Anna,2",
        header=header,
    )
    assert daily.run("--table", "people", "--keys", "id") == 0, daily.output
    assert [tuple(row) for row in daily.table("cdc.people").select("id", "name").collect()] == [("2", "Anna")]
    assert "3 changes read, 3 applied" in daily.output


@pytest.mark.slow
def test_a_column_of_the_source_with_the_name_of_an_old_key_is_kept_and_deletes_no_row(daily: InProcess) -> None:
    daily.job = apply.JOB
    lines = ["I,2019-10-05 10:00:00,1,900", "I,2019-10-05 10:00:01,5,1", "U,2019-10-05 10:00:02,5,1"]
    daily.deliver("20191005-100000000.csv", *lines, header="Op,TIMESTAMP,id,old_id")
    people = ("--table", "people", "--keys", "id")
    assert daily.run(*people) == 2
    assert "with another value in old_id" in daily.output
    assert daily.run(*people, "--columns", "old_id=old_id") == 0, daily.output
    found = daily.table("cdc.people").select("id", "old_id").orderBy("id").collect()
    assert [tuple(row) for row in found] == [("1", "900"), ("5", "1")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_update_of_a_row_that_is_there_does_not_say_that_its_key_changed(daily: InProcess, kind: str) -> None:
    daily.job, names = apply.JOB, ("Op", "TIMESTAMP", "id", "old_id")
    first = [("I", "2019-10-05 10:00:00", "1", None), ("I", "2019-10-05 10:00:01", "5", None)]
    update = [("U", "2019-10-05 10:00:02", "5", "1")]

    def deliver(name: str, rows: list[tuple[str | None, ...]]) -> None:
        if kind == "csv":
            lines = [",".join(value or "NULL" for value in row) for row in rows]
            daily.deliver(f"{name}.csv", *lines, header=",".join(names))
        else:
            daily.deliver(f"{name}.json", *(json.dumps(dict(zip(names, row, strict=True))) for row in rows), header="")

    def rows(name: str) -> list[tuple[str, ...]]:
        table = daily.table(f"cdc.{name}")
        columns = [column for column in ("id", "old_id") if column in table.columns]
        return sorted(tuple(row) for row in table.select(*columns).collect())

    deliver("20191005-100000000", [*first, *update])
    for table in ("people", "moved"):
        assert daily.run("--table", table, "--keys", "id") == 2, daily.output
        assert "has updates of rows that are there with another value in old_id" in daily.output
        assert "--columns old_id=old_id says so, and --columns BI_id=old_id that it is the key" in daily.output
    # The column of the source may be known from a later run only.
    deliver("20191005-100000000", first)
    assert daily.run("--table", "people", "--keys", "id") == 0, daily.output
    deliver("20191005-110000000", update)
    assert daily.run("--table", "people") == 2, daily.output
    assert rows("people") == [("1",), ("5",)]
    assert daily.run("--table", "people", "--columns", "old_id=old_id") == 0, daily.output
    assert rows("people") == [("1", None), ("5", "1")]
    assert daily.run("--table", "moved", "--keys", "id", "--columns", "BI_id=old_id") == 0, daily.output
    assert rows("moved") == [("5",)]


@pytest.mark.slow
def test_a_late_update_of_a_row_that_was_there_does_not_say_that_its_key_changed(daily: InProcess) -> None:
    daily.job, people = apply.JOB, ("--table", "people", "--keys", "id", "--history", "all")
    lines = ["I,2024-01-31 10:00:00,1,a", "I,2024-01-31 10:00:00,2,b", "U,2024-01-31 12:00:00,2,bb"]
    daily.deliver("20240131-100000000.csv", *lines, "I,2024-01-31 12:00:00,4,d", header="Op,TIMESTAMP,id,name")
    assert daily.run(*people) == 0, daily.output
    late = daily.deliver(
        "20240131-110000000.csv", "U,2024-01-31 11:00:00,2,b,1", header=(header := "Op,TIMESTAMP,id,name,old_id")
    )
    assert daily.run("--table", "people") == 2, daily.output
    assert "has updates of rows that are there with another value in old_id" in daily.output
    # Row 4 was not there yet.
    late.write_text(f"{header}\nU,2024-01-31 11:00:00,4,c,1\n")
    assert daily.run("--table", "people") == 0, daily.output
    found = daily.table("cdc.people").select("id", "name").orderBy("id").collect()
    assert [tuple(row) for row in found] == [("2", "bb"), ("4", "d")]


@pytest.mark.slow
def test_the_key_before_a_change_is_found_whatever_the_names_of_the_key(daily: InProcess) -> None:
    daily.job = apply.JOB
    lines = ["I,{0}:00,1,3,a,NULL,NULL", "I,{0}:00,1,5,b,NULL,NULL", "U,{0}:01,2,5,a,1,3", "U,{0}:02,1,6,b,1,5"]
    for table, key, old in (("lines", "order_id,line", "BI"), ("sheets", "order,line", "old")):
        daily.deliver(
            "20240131-100000000.csv",
            *(line.format("2024-01-31 10:00") for line in lines),
            header=f"Op,TIMESTAMP,order_id,line,v,{old}_order_id,{old}_line",
        )
        options = ("--keys", key, "--columns", "order=order_id") if key.startswith("order,") else ("--keys", key)
        assert daily.run("--table", table, *options) == 0, daily.output
        found = daily.table(f"cdc.{table}")
        assert [name for name in found.columns if not name.startswith("_")] == [key.split(",")[0], "source_line", "v"]
        assert sorted(tuple(row) for row in found.select(found.columns[0], "source_line", "v").collect()) == [
            *(("1", "6", "b"), ("2", "5", "a")),
        ]
        assert "op_anomaly" not in daily.output


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_empty_key_before_a_change_is_none(daily: InProcess, kind: str) -> None:
    daily.job, names = apply.JOB, "Op,TIMESTAMP,id,name,old_id"
    changes = ["I,{0}:00,1,a,", "U,{0}:01,1,b,", "U,{0}:02,2,b,1", "I,{0}:02,3,c,", "U,{0}:03,3,cc,"]
    lines = [change.format("2024-01-31 10:00") for change in changes]
    if kind == "json":
        lines = [json.dumps(dict(zip(names.split(","), line.split(","), strict=True))) for line in lines]
    daily.deliver(f"20240131-100000000.{kind}", *lines, header=names if kind == "csv" else "")
    assert daily.run("--table", "people", "--keys", "id") == 0, daily.output
    assert sorted(tuple(row) for row in daily.table("cdc.people").select("id", "name").collect()) == [
        *(("2", "b"), ("3", "cc")),
    ]
    assert "op_anomaly" not in daily.output


@pytest.mark.slow
def test_a_column_that_the_source_adds_is_neither_time_nor_operation(daily: InProcess) -> None:
    daily.job = apply.JOB
    daily.deliver(
        "20191005-100000000.csv", "1,I,Ana,1570269600", "2,I,Ivo,1570269600", header="id,operation,name,ts_ms"
    )
    assert daily.run("--table", "people", "--keys", "id") == 0, daily.output
    added = ("1,U,D,Eva,2019-10-01 00:00:00,1570273200", "2,D,U,Ivo,2019-10-01 00:00:00,1570273200", "1,,,,,1570273201")
    daily.deliver("20191005-110000000.csv", *added, header="id,operation,op,name,timestamp,ts_ms")
    assert daily.run("--table", "people", "--max_rejected_share", "0.5") == 0, daily.output
    found = daily.table("cdc.people").select("id", "name", "source_op", "timestamp").collect()
    assert [tuple(row) for row in found] == [("1", "Eva", "D", "2019-10-01 00:00:00")]
    assert "1 change with an unknown operation or none: --ops names others; --load_ts" in daily.output


@pytest.mark.slow
@fault("C05")
def test_a_type_becomes_wider_and_never_narrower(daily: InProcess) -> None:
    daily.job = apply.JOB

    def deliver(name: str, column: pa.Array) -> None:
        times = ["2019-10-05 10:00:00"] * len(column)
        rows = {
            "Op": ["I"] * len(column),
            "TIMESTAMP": times,
            "id": pa.array(range(len(column)), pa.int32()),
            "size": column,
        }
        pq.write_table(pa.table(rows), daily.input / name)

    deliver("20191005-100000000.parquet", pa.array([1], pa.int32()))
    assert daily.run("--table", "things", "--keys", "id") == 0, daily.output
    deliver("20191005-110000000.parquet", pa.array([1, 5_000_000_000], pa.int64()))
    assert daily.run("--table", "things", "--drift", "widened=fail") == 2
    assert daily.run("--table", "things") == 0, daily.output
    assert [tuple(row) for row in daily.table("cdc.things").select("id", "size").orderBy("id").collect()] == [
        (0, 1),
        (1, 5_000_000_000),
    ]
    deliver("20191005-120000000.parquet", pa.array(["3"]))
    assert daily.run("--table", "things") == 2
    assert (
        "20191005-120000000.parquet has column size as string, and the table has it as bigint; no file was taken"
        in daily.output
    )
    pq.write_table(
        pa.table({"Op": ["U"], "TIMESTAMP": ["2019-10-06 10:00:00"], "id": [0], "size": ["3"]}),
        daily.input / "20191005-120000000.parquet",
    )
    assert daily.run("--table", "things", "--drift", "changed=coerce") == 0, daily.output
    assert [tuple(row) for row in daily.table("cdc.things").select("id", "size").orderBy("id").collect()] == [
        (0, 3),
        (1, 5_000_000_000),
    ]
