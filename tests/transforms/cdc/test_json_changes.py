"""Changes in JSON: plain objects, DMS's envelope, and Debezium's events."""

import base64
import json
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from tests.conftest import assert_rows, on_older_line
from transforms.change_data.debezium import semantic_type_of, type_of, value_as_text
from transforms.change_data.json_changes import change_fields, json_changes, server_ranges

NAMES = [RAW_OP.name, COMMIT_TS.name, "id", "name", CHANGE_SEQ.name]
DECIMAL_OF_CONNECT = "org.apache.kafka.connect.data.Decimal"
TIMED = {"ts_ms": 1_570_269_600_000}
AT_10 = "2019-10-05 10:00:00"


def lines_of(spark: SparkSession, *objects: Any) -> DataFrame:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in objects]
    return spark.createDataFrame([(text, "/in/a.json") for text in texts], "line string, source_file string")


def read(spark: SparkSession, *objects: Any, has_op: bool = True, **named: str) -> DataFrame:
    """The changes in the objects; the operation, time and position of plain ones are in the `named` fields."""
    columns = {"id": "id", "name": "name", **named}
    given: dict[str, Any] = {"types": {"id": "bigint", "name": "string"}, "semantic_types": {}, "old_keys": ["id"]}
    return json_changes(lines_of(spark, *objects), NAMES, columns=columns, **given, named=named, has_op=has_op)


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
        ["U", "1570269600000", "2", "b"],
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
    assert_rows(found, "op id name _old_id malformed", expected)
    assert_rows(found.selectExpr("string(cast(commit_ts AS timestamp)) AS at").distinct(), "at", [[at]])


def test_events_of_debezium_tell_the_old_key_and_their_place(spark: SparkSession) -> None:
    flat = {"id": 3, "name": "c", "__op": "c", "__deleted": "false", "__source_ts_ms": 1_570_269_600_000}
    found = read(
        spark, nested("u", before={"id": 1}, after={"id": 2, "name": "b"}), nested("d", before={"id": 2}), flat
    )
    expected = [["u", AT_10, "2", "b", "1"], ["d", AT_10, "2", None, None], ["c", AT_10, "3", "c", None]]
    assert_rows(found, "op commit_ts id name _old_id", expected)


def test_binlogs_are_in_the_order_of_their_numbers(spark: SparkSession) -> None:
    files = ["mysql-bin.000009", "mysql-bin.000010", "mysql-bin.999999", "mysql-bin.1000000", "mysql-bin.1000001"]
    events = [
        {"op": "u", "source": {**TIMED, "file": file, "pos": 4}, "after": {"id": n}} for n, file in enumerate(files)
    ]
    ordered = read(spark, *reversed(events)).orderBy("change_seq").select("id").collect()
    assert [row.id for row in ordered] == ["0", "1", "2", "3", "4"]


@on_older_line
@pytest.mark.parametrize("prefix", ["__", "", *(pytest.param(one, marks=pytest.mark.nightly) for one in ("dbz_", "_"))])
def test_a_flattened_event_is_known_by_any_prefix(spark: SparkSession, prefix: str) -> None:
    def event(number: int, op: str, deleted: str = "false") -> dict[str, Any]:
        added = {f"{prefix}op": op, f"{prefix}source_ts_ms": TIMED["ts_ms"], f"{prefix}lsn": 7}
        return {"id": number, "name": "a", "__deleted": deleted, **added}

    events = [event(1, "c"), event(2, "d", "true")]
    # Columns may begin or end as the fields that Debezium adds, and be in pairs as they are.
    alike = {"id": 5, "shop": "d", "shelf": 1, f"{prefix}v": 0, f"{prefix}op": "c", f"{prefix}source_ts_ms": 0}
    alike |= {"__deleted": "false", "deleted": "true", "table": 7, "ord": 3}
    place = f"{7:020}" if prefix else None  # lsn may be a column of the row
    expected = [["c", AT_10, "1", place], ["d", AT_10, "2", place], ["c", "1970-01-01 00:00:00", "5", None]]
    assert_rows(read(spark, *events, alike), "op commit_ts id change_seq", expected)
    lsn = ["lsn"] if prefix == "" else []
    columns = [{"id", "name", *lsn}] * 2 + [{"id", "shop", "shelf", f"{prefix}v", "deleted", "table", "ord"}]
    assert columns_of(spark, *events, alike) == columns
    assert not change_fields(lines_of(spark, alike)).filter("size(tables) > 0").collect()


def test_a_flattened_event_may_tell_its_operation_alone_or_only_whether_it_is_a_delete(spark: SparkSession) -> None:
    with_deleted = [{"id": 1, "__deleted": "false"}, {"id": 2, "__deleted": "true"}]
    # A column of the row may be called op, or in a pair as the fields of Debezium.
    own_op = {"id": 3, "op": "D", "__deleted": "false"}
    with_op = {**own_op, "id": 4, "__op": "c", "__source_ts_ms": TIMED["ts_ms"]}
    last = {"last_op": "d", "last_ts_ms": 5}
    found = read(spark, *with_deleted, own_op, with_op, {**with_op, **last, "id": 5})
    assert_rows(found, "op id", [["u", "1"], ["d", "2"], ["u", "3"], ["c", "4"], ["c", "5"]])
    timeless = {"id": 6, "when": AT_10, "__op": "c", "__table": "t", "__lsn": 7}
    found = read(spark, timeless, commit_ts="when")
    assert_rows(found, "op commit_ts id change_seq", [["c", AT_10, "6", f"{7:020}"]])
    finer = {"id": 6, "__op": "c", "__source_ts_ms": 1_704_103_200_000, "__source_ts_us": 1_704_103_200_000_001}
    in_ns = {**finer, "id": 7, "__source_ts_ns": 1_704_103_200_000_002_999}
    times = [["6", "2024-01-01 10:00:00.000001"], ["7", "2024-01-01 10:00:00.000002"]]
    assert_rows(read(spark, finer, in_ns), "id commit_ts", times)
    # Fields under names that an option gives are read where Debezium added none. A plain object may have names alike.
    own = {"id": 7, "what": "u", "when": AT_10, "__deleted": "false"}
    plain = {"what": "I", "id": 9, "stop": 1, "__v": 1, "status": "BEGIN", "event_count": 2}
    found = read(spark, own, {"what": "I", "id": 8, **last, "last_op": "D"}, plain, op="what", commit_ts="when")
    assert_rows(found, "op commit_ts id", [["u", AT_10, "7"], ["I", None, "8"], ["I", None, "9"]])
    columns = [{"id", "op"}, {"id", "op"}, {"id", "when"}, set(plain)]
    assert columns_of(spark, own_op, with_op, timeless, plain) == columns


def columns_of(spark: SparkSession, *objects: Any) -> list[set[str]]:
    """The columns of the row of each object."""
    lines = [(json.dumps(one), str(number)) for number, one in enumerate(objects)]
    found = change_fields(spark.createDataFrame(lines, "line string, source_file string")).select("name", "paths")
    rows = found.collect()
    return [{row.name for row in rows if path in row.paths} for _, path in lines]


ROWS: list[dict[str, Any]] = [
    {"id": 1, "status": "new", "event_count": 3},
    {"id": 1, "status": "END", "event_count": 3},
    {"id": 1, "ddl": "CREATE", "databaseName": "shop", "source": "web"},
    {"id": 1, "source": {"file": "a", "pos": 4, "table": "x", "lsn": 5}},
    {"id": 1, "data": "a", "metadata": {"operation": "scan", "table-name": "x"}},
    {"id": 1, "deleted": True, "ts_ms": 17},
]


def test_a_row_with_the_names_of_an_event_is_a_row(spark: SparkSession) -> None:
    assert_rows(read(spark, *ROWS, has_op=False), "op id malformed", [[None, "1", False]] * len(ROWS))
    changes = [{**row, "op": "I", "at": AT_10} for row in ROWS]
    expected = [["I", AT_10, None, "1"]] * len(ROWS)
    assert_rows(read(spark, *changes, op="op", commit_ts="at"), "op commit_ts change_seq id", expected)
    found = change_fields(lines_of(spark, *changes)).select("name", "tables", "is_placed").collect()
    assert {one.name for one in found} == {name for change in changes for name in change}
    assert not any(one.tables or one.is_placed for one in found)
    # And the row of an event.
    events = [{**nested("c", after=row), "ts_ms": 5} for row in ROWS]
    of_events = change_fields(lines_of(spark, *events)).collect()
    assert {one.name for one in of_events} == {name for row in ROWS for name in row}


def test_an_option_for_a_control_column_takes_precedence_over_an_envelope(spark: SparkSession) -> None:
    timed = {"id": 1, "when": "2019-10-05 11:00:00", "nr": 9}
    flat = {**timed, "__op": "c", "__source_ts_ms": TIMED["ts_ms"], "__lsn": 7}
    found = read(spark, nested("c", after=timed), flat, nested("c", after={"id": 1}), commit_ts="when", change_seq="nr")
    own, enveloped = ["c", "2019-10-05 11:00:00", "9"], ["c", AT_10, f"bin.000003 {4:020} {0:020}"]
    assert_rows(found, "op commit_ts change_seq", [own, own, enveloped])


def test_a_file_of_a_full_load_has_rows_without_an_operation(spark: SparkSession) -> None:
    lines = lines_of(spark, {"id": 1}).withColumn("source_file", F.lit("/in/LOAD00000001.json"))
    found = json_changes(lines, NAMES, columns={"id": "id"}, types={"id": "bigint"}, semantic_types={})
    assert_rows(found, "op id", [[None, "1"]])


def test_decimals_may_have_zeros_before_their_point(spark: SparkSession) -> None:
    values = [(0x7B, -2), (0x7B, 0), (0x7B, 2), (-1, -1), (0, -3), (0xD76DF8, 1)]
    rows = []
    for number, scale in values:
        content = number.to_bytes(4, "big", signed=True)
        rows.append({"id": 1, "name": {"scale": scale, "value": base64.b64encode(content).decode()}})
    types = {"id": "bigint", "name": "decimal(38,9)"}
    found = json_changes(
        lines_of(spark, *rows), NAMES, columns={"name": "name"}, types=types, semantic_types={}, has_op=False
    )
    assert [row.name for row in found.collect()] == ["12300", "123", "1.23", "-10", "0", "1411839.2"]
    field = {"name": DECIMAL_OF_CONNECT, "type": "bytes"}
    types_of = {"0": "decimal(5,0)", "2": "decimal(5,2)", "-2": "decimal(7,0)"}
    for scale, expected in types_of.items():
        assert type_of({**field, "parameters": {"scale": scale, "connect.decimal.precision": "5"}}) == expected


# Values under the decimal type of Kafka Connect, with a scale of 2: numbers with decimal.format=NUMERIC, else base64.
DECIMALS = {
    "1250": "1250",
    "12": "12",
    "-7": "-7",
    "12.50": "12.50",
    "1E3": "1.0E3",
    "null": None,
    '"BBo="': "10.50",
    '"1250"': "-26587.00",
    '"12"': "12",
}


def test_a_decimal_that_is_a_number_of_json_is_that_number(spark: SparkSession) -> None:
    source = '"source": {"lsn": 9, "ts_ms": 1570269600000}, "op": "u"'
    images = (f'"before": {{"id": 12}}, "after": {{"id": 1250, "name": {value}}}' for value in DECIMALS)
    found = json_changes(
        lines_of(spark, *(f"{{{image}, {source}}}" for image in images)),
        NAMES,
        columns={"id": "id", "name": "name"},
        types={"id": "decimal(9,0)", "name": "decimal(9,2)"},
        semantic_types={"id": {f"{DECIMAL_OF_CONNECT} 0": ()}, "name": {f"{DECIMAL_OF_CONNECT} 2": ()}},
        old_keys=["id"],
    )
    assert_rows(found, "id _old_id name change_seq", [["1250", "12", text, f"{9:020}"] for text in DECIMALS.values()])


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
    events.append({**events[2], "transaction": {"total_order": 9}, "after": json.dumps({"id": 3})})
    events.append({**events[2], "transaction": {"total_order": 10}, "after": json.dumps({"id": 4})})
    ordered = read(spark, *reversed(events)).orderBy("change_seq").select("id").collect()
    assert [row.id for row in ordered] == ["0", "1", "2", "3", "4"]


def test_a_row_of_an_incremental_snapshot_may_have_no_place_in_the_binlog(spark: SparkSession) -> None:
    source = {**TIMED, "snapshot": "incremental", "file": "", "pos": 0, "row": 0}
    found = read(spark, {"op": "r", "source": source, "after": {"id": 1}})
    assert_rows(found, "op change_seq", [["r", None]])


MS = TIMED["ts_ms"]
# GTIDs of MySQL with and without a tag, those of MariaDB, and ids of servers; the rows of a full load have none.
SERVERS = {
    "9f1c:a": ("9f1c:a:7", "9f1c:a:8", 5),
    "9f1c": ("9f1c:7", "9f1c:8", 5),
    "0-2": ("0-2-12", "0-2-13", 2),
    "7": ("", None, 7),
}


def test_a_server_is_known_by_its_transactions_or_its_id(spark: SparkSession) -> None:
    events = [
        {
            "op": op,
            "source": {**TIMED, "file": "bin.1", "pos": pos, "ts_ms": MS + pos, "gtid": gtid, "server_id": server},
        }
        for *gtids, server in SERVERS.values()
        for op, pos, gtid in (("c", 4, gtids[0]), ("u", 9, gtids[1]))
    ]
    load = {"op": "r", "after": {"id": 1}, "source": {**TIMED, "file": "bin.1", "pos": 1, "server_id": 8}}
    lines = lines_of(spark, *({**event, "after": {"id": 1}} for event in events), load, {"id": 1, "file": "bin.1"})
    found = server_ranges(lines).selectExpr("server", "split(first_place, ' ')[1] AS first", "last_ms - first_ms AS ms")
    assert_rows(found, "server first ms", [[server, f"{4:020}", 5] for server in SERVERS])
    [fields] = change_fields(lines).filter("name = 'id'").collect()
    assert {(one.file, one.server) for one in fields.servers} == {("bin.1", server) for server in SERVERS}


CONTROL = {
    "heartbeat": {"ts_ms": 5},
    "start of a transaction": {"status": "BEGIN", "id": "1:2", "event_count": None, "data_collections": None},
    "schema change": {"source": {"file": "a"}, "databaseName": "shop", "ddl": "CREATE TABLE t (id int)"},
    "message": nested("m", message={"prefix": "p"}),
    "change of a table by DMS": dms("create-table", kind="control"),
    "transaction of DMS": {"metadata": {"timestamp": "2019-10-05T10:00:00Z", "record-type": "transaction"}},
    "tombstone of Kafka": "null",
    "tombstone with a schema": {"schema": {"fields": []}, "payload": None},
}
EMPTY_LINE = "  "


def test_a_control_record_is_no_row_and_has_no_columns(spark: SparkSession) -> None:
    lines = [*CONTROL.values(), EMPTY_LINE]
    assert_rows(read(spark, *lines), "op id", [])
    assert_rows(change_fields(lines_of(spark, *lines)), "name records", [[None, len(CONTROL)]])


def test_fields_tell_the_forms_and_files_of_their_events_and_whether_these_tell_deletes(spark: SparkSession) -> None:
    flat = {"id": 1, "v": "a", "__op": "c", "__source_ts_ms": 5}
    events = [({**flat}, "/in/1"), ({"id": 1, "__op": "u", "__source_ts_ms": 5}, "/in/2"), (None, "/in/2")]
    texts = [(json.dumps(one), path) for one, path in events]
    found = change_fields(spark.createDataFrame(texts, "line string, source_file string"))
    expected = [["id", ["flattened"], ["/in/1", "/in/2"]], ["v", ["flattened"], ["/in/1"]]]
    in_order = found.withColumns({"paths": F.sort_array("paths")})
    assert_rows(in_order, "name forms paths", [*expected, [None, ["tombstone"], ["/in/2"]]])
    assert_rows(found.select(F.max("tells_delete").alias("tells_delete")), "tells_delete", [[False]])
    for deletes in ({**flat, "__op": "d"}, {**flat, "__deleted": "false"}, nested("d", before={"id": 1})):
        with_deletes = change_fields(lines_of(spark, flat, deletes)).select(F.max("tells_delete").alias("tells_delete"))
        assert_rows(with_deletes, "tells_delete", [[True]])


def test_what_is_no_object_is_malformed_and_half_a_character_is_broken_text(spark: SparkSession) -> None:
    found = read(spark, "[1]", "{", '{"op": "I", "id": 1, "name": "\\ud83d"}', op="op")
    expected = [["[1]", True, None], ["{", True, None], ['{"op": "I", "id": 1, "name": "\\ud83d"}', False, "\ufffd"]]
    assert_rows(found, "raw_line malformed name", expected)


def test_only_plain_objects_have_control_columns(spark: SparkSession) -> None:
    given = lines_of(
        spark, nested("c", before=None, after={"id": 1, "operation": "x"}), {"id": 2, "timestamp": AT_10}, dms("load")
    )
    expected = [
        ["id", ["nested", "plain"], False],
        ["operation", ["nested"], False],
        ["timestamp", ["plain"], False],
    ]
    found = change_fields(given).withColumn("forms", F.sort_array("forms"))
    assert_rows(found, "name forms has_before", expected)


EXACT = ("12345678901234567.8912345678", "100000000.10", "-0.10", "1e3", "123456789012345678901234567890", "1.50E+5")
# In a string, and after a quote and a backslash in it.
TEXTS = r'"say \" 1.50": "\\", "it": "1.50 \"", "id": 7'


def test_numbers_are_as_they_are_written(spark: SparkSession) -> None:
    source = '"source": {"lsn": 9, "ts_ms": 1570269600000}, "op": "u"'
    lines: dict[str, str] = {}
    for number in EXACT:
        row = f'{{{TEXTS}, "name": {number}, "op": "U"}}'
        forms = (
            row,
            f'{{"before": null, "after": {row}, {source}}}',
            f'{{"schema": {{}}, "payload": {{"before": null, "after": {row}, {source}}}}}',
            f'{{"data": {row}, "metadata": {{"record-type": "data", "operation": "update"}}}}',
            row.replace('"op": "U"', '"__op": "u", "__source_ts_ms": 1570269600000'),
        )
        lines |= dict.fromkeys(forms, number)
        lists = f'{{{TEXTS}, "name": {{"a": [{number}, "1.5", 2], "b": -{number.lstrip("-")}}}, "op": "U"}}'
        lines[lists] = f'{{"a":[{number},"1.5",2],"b":-{number.lstrip("-")}}}'
    found = read(spark, *lines, op="op").select(
        "id", F.replace("name", F.lit(" "), F.lit("")).alias("name"), "raw_line"
    )
    assert_rows(found, "id name raw_line", [["7", name, line] for line, name in lines.items()])


def test_what_is_no_number_stays_malformed(spark: SparkSession) -> None:
    lines = ['{"id": 7, "name": 1.}', '{"id": 7, "name": 1.5.2}', '{"id": 7, "name": "1.5}']
    assert_rows(read(spark, *lines, has_op=False), "malformed raw_line", [[True, line] for line in lines])


def test_tables_are_told_with_their_schema(spark: SparkSession) -> None:
    source = {**TIMED, "lsn": 1, "db": "shop", "table": "t"}
    events = [{"op": "c", "after": {"id": 1}, "source": {**source, "schema": schema}} for schema in ("one", "two")]
    of_dms = dms("insert", data={"id": 1})
    of_dms["metadata"] |= {"schema-name": "three", "table-name": "t"}
    without_table = dms("insert", data={"id": 1})
    found = change_fields(lines_of(spark, *events, of_dms, without_table)).select(F.explode("tables").alias("table"))
    assert_rows(found, "table", [["shop.one.t"], ["shop.two.t"], ["three.t"]])


NUMBERS = [
    ("bigint", "1e3", "1.0e3"),
    ("decimal(9,2)", "1e3", "1.0e3"),
    ("string", "1e3", "1e3"),
    ("int", "-5.0", "-5"),
    ("int", "5.5", "5.5"),
]


def test_a_number_of_json_is_one_of_a_csv_file(spark: SparkSession) -> None:
    texts = [value_as_text(F.lit(number), kind, "") for kind, number, _ in NUMBERS]
    [row] = spark.range(1).select(F.array(*texts).alias("texts")).collect()
    assert row.texts == [text for *_, text in NUMBERS]


DATE, NANO, ZONED = (f"io.debezium.time.{name}" for name in ("Date", "NanoTimestamp", "ZonedTimestamp"))
DECIMAL, VARIABLE = f"{DECIMAL_OF_CONNECT} 2", "io.debezium.data.VariableScaleDecimal"
# The type of a column and the semantic type of a field, a value and its text. Values of other kinds stay as they are.
TYPED = [
    ("date", DATE, "-1", "1969-12-31"),
    ("string", DATE, "19723", "2024-01-01"),
    ("bigint", DATE, "19723", "19723"),
    ("date", DATE, "1704067200000", "1704067200000"),
    ("date", "", "2147483648", "2147483648"),
    ("timestamp", NANO, "1704067200000001999", "2024-01-01 00:00:00.000001"),
    ("timestamp", "", "9223372036854775807", "2262-04-11 23:47:16.854775"),
    ("timestamp", "io.debezium.time.MicroTimestamp", "9223372036854775807", "9223372036854775807"),
    ("timestamp", ZONED, "2018-07-18T13:59:23.1234567+02:00", "2018-07-18T13:59:23.123456+02:00"),
    ("decimal(9,2)", DECIMAL, "BBo=", "10.50"),
    ("decimal(9,2)", DECIMAL, "5", "5"),
    ("decimal(9,2)", DECIMAL, "", ""),
    ("decimal(9,2)", VARIABLE, '{"scale":3000000000,"value":"BBo="}', '{"scale":3000000000,"value":"BBo="}'),
    ("decimal(9,2)", "", '{"scale":"x","value":"BBo="}', '{"scale":"x","value":"BBo="}'),
    ("string", "", '{"scale":2,"value":"BBo="}', '{"scale":2,"value":"BBo="}'),
    # Hexadecimal digits may be base64.
    ("binary", "bytes", "abcd", "69B71D"),
    ("binary", "bytes", "(no bytes)", "(no bytes)"),
    ("string", "bytes", "abcd", "abcd"),
    ("binary", "", "abcd", "abcd"),
]


def test_bytes_are_text_unless_the_table_has_them_as_binary() -> None:
    field = {"type": "bytes", "field": "picture"}
    assert [type_of(field), type_of(field, "string"), type_of(field, "binary")] == ["string", "string", "binary"]
    assert [semantic_type_of(one) for one in (field, {**field, "name": "io.debezium.data.Bits"})] == [
        "bytes",
        "io.debezium.data.Bits",
    ]


def test_a_value_is_read_by_its_semantic_type(spark: SparkSession) -> None:
    texts = [value_as_text(F.lit(value), kind, semantic) for kind, semantic, value, _ in TYPED]
    [row] = spark.range(1).select(F.array(*texts).alias("texts")).collect()
    assert row.texts == [text for *_, text in TYPED]


def test_places_and_times_may_be_written_as_floats(spark: SparkSession) -> None:
    def event(lsn: str, time: str) -> str:
        return f'{{"op": "u", "before": null, "after": {{"id": 7}}, "source": {{"lsn": {lsn}, "ts_ms": {time}}}}}'

    lines = (event("9.999E6", "1570269600000.0"), event("10000000.0", "1.5702696E12"), event("9", "1e99"))
    flat = '{"id": 7, "__op": "u", "__lsn": 1.0E7, "__source_ts_ms": 1570269600000.0}'
    assert_rows(
        read(spark, *lines, flat),
        f"{CHANGE_SEQ.name} {COMMIT_TS.name}",
        [[f"{9_999_000:020}", AT_10], [f"{10_000_000:020}", AT_10], [f"{9:020}", None], [f"{10_000_000:020}", AT_10]],
    )


def test_changes_of_oracle_at_one_scn_are_in_the_order_of_the_redo_log(spark: SparkSession) -> None:
    redo = [{"scn": "12", "rs_id": "0x000037.0010", "ssn": number} for number in (9, 10)]
    xstream = [{"scn": "13", "lcr_position": f"00003104000{number}"} for number in (1, 2)]
    places = ({"scn": "12"}, *redo, *xstream)
    events = [{"op": "u", "after": {"id": number}, "source": {**TIMED, **place}} for number, place in enumerate(places)]
    found = read(spark, *reversed(events)).orderBy(CHANGE_SEQ.name).select("id").collect()
    assert [row.id for row in found] == ["0", "1", "2", "3", "4"]
