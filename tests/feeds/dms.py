"""Changes as files of DMS: CSV and Parquet of its target S3, JSON of its target Kinesis."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from tests.feeds.changes import KEY, TABLE, Change, Row

BEFORE_IMAGE = f"BI_{KEY}"
_ARROW = {
    "bigint": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
_CONTROL = {"Op": "string", "TIMESTAMP": "timestamp", "AR_H_CHANGE_SEQ": "string"}
_WORDS = {"L": "load", "I": "insert", "U": "update", "D": "delete"}
Writer = Callable[[Path, Sequence[Change], Mapping[str, str]], None]


def change_seq(committed_at: datetime, number: int) -> str:
    """AR_H_CHANGE_SEQ: the commit time in hundredths of a second, and a number."""
    return f"{committed_at:%Y%m%d%H%M%S}{committed_at.microsecond // 10_000:02}{number:019}"


def write_load(path: Path, rows: Sequence[Row], types: Mapping[str, str]) -> None:
    """The full load in the default format, without operation and time: CSV or Parquet, by the name of the file."""
    columns = list(rows[0])
    if path.suffix == ".csv":
        _write_csv(path, columns, [[row[name] for name in columns] for row in rows])
    else:
        _write_parquet(path, rows, types)


def write_csv(path: Path, changes: Sequence[Change], types: Mapping[str, str]) -> None:
    """Changes of the same columns. A column that the log left out is NULL."""
    assert types
    records = [_record(change, change.columns) for change in changes]
    _write_csv(path, list(records[0]), [list(record.values()) for record in records])


def write_parquet(path: Path, changes: Sequence[Change], types: Mapping[str, str]) -> None:
    records = [_record(change, change.columns) for change in changes]
    _write_parquet(path, records, {**_CONTROL, BEFORE_IMAGE: types[KEY], **types})


def write_json(path: Path, changes: Sequence[Change], types: Mapping[str, str]) -> None:
    """The changes in order, since a record has no position."""
    assert types
    path.write_text("".join(json.dumps(_envelope(change), default=_json) + "\n" for change in changes))


def write_partial_json(path: Path, changes: Sequence[Change], types: Mapping[str, str]) -> None:
    """Plain objects without the columns that the log left out."""
    assert types
    records = [_record(change, [name for name in change.columns if name in change.values]) for change in changes]
    path.write_text("".join(json.dumps(record, default=_json) + "\n" for record in records))


def _record(change: Change, columns: Sequence[str]) -> dict[str, Any]:
    values = change.old if change.op == "D" else change.values
    moment = change.committed_at.replace(tzinfo=None)
    cells = {name: values.get(name) for name in (columns or [KEY])}
    if change.op == "D":
        cells[KEY] = values[KEY]
    before = values[KEY] if change.op == "U" and KEY not in change.old else change.old.get(KEY)
    image = {BEFORE_IMAGE: before if change.op == "U" else None}
    return {"Op": change.op, "TIMESTAMP": moment, **cells, "AR_H_CHANGE_SEQ": change.seq, **image}


def _envelope(change: Change) -> dict[str, Any]:
    values = change.old if change.op == "D" else change.values
    commit = {"timestamp": _json(change.committed_at), "commit-timestamp": _json(change.committed_at)}
    names = {"partition-key-type": "primary-key", "schema-name": "public", "table-name": TABLE}
    before = {"before-image": {KEY: change.old[KEY]}} if change.is_key_change else {}
    metadata = {**commit, "record-type": "data", "operation": _WORDS[change.op], **names}
    return {"data": {name: values.get(name) for name in change.columns}, **before, "metadata": metadata}


def _write_csv(path: Path, names: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[_text(value) for value in line] for line in lines])
    path.write_text(out.getvalue(), encoding="utf-8", newline="")


def _write_parquet(path: Path, rows: Sequence[Row], types: Mapping[str, str]) -> None:
    schema = pa.schema([(name, _arrow(types[name])) for name in rows[0]])
    parquet.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)


def _text(value: Any) -> Any:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.hex()
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.hex()
    return f"{value.replace(tzinfo=UTC):%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(value, datetime) else str(value)


def _arrow(kind: str) -> Any:
    precision, _, scale = kind.removeprefix("decimal(").rstrip(")").partition(",")
    return pa.decimal128(int(precision), int(scale)) if kind.startswith("decimal") else _ARROW[kind]
