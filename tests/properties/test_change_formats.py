"""Random feeds in every format of change files: current rows and history equal a fold over the changes.

Thousands of feeds share the files of a format; a column of the key tells them apart.
"""

import csv
import gzip
import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.cdc.change_file_reader import ChangeReader
from jobs.runtime.storage.listing import File
from schemas.cdc_source import CdcSource
from schemas.table import Column
from tests.conftest import reused
from tests.oracles import changes as oracle
from transforms.change_data.apply_changes import CdcTables, apply_changes
from transforms.change_data.change_outcomes import RetentionHorizon
from transforms.change_data.parse_changes import typed_changes

IS_FULL = int(os.environ.get("WEIR_EXAMPLES", "4")) >= 100
FEEDS = 5_000 if IS_FULL else 100
START = datetime(2024, 1, 1, tzinfo=UTC)
COLUMNS = (
    Column("feed", "long", ""),
    Column("id", "long", ""),
    Column("name", "string", ""),
    Column("amount", "decimal(18,2)", ""),
    Column("born", "date", ""),
    Column("seen", "timestamp", ""),
    Column("is_new", "boolean", ""),
)
SOURCE = CdcSource("cdc.things", "one row per thing", COLUMNS, ("feed", "id"), history=("*",))
VALUES = SOURCE.payload


@dataclass(frozen=True)
class Change:
    """A change of a feed at a `place`. `old_id` is the key before an update."""

    feed: int
    place: int
    op: str
    id: int
    values: tuple[Any, ...] | None
    old_id: int | None = None

    @property
    def at(self) -> datetime:
        return START + timedelta(milliseconds=self.place)


def feed(number: int, random: Random) -> list[Change]:
    """A few changes of three rows, as a database makes them: a row that exists is not inserted, others not updated."""
    rows: set[int] = set()
    found = list[Change]()
    for place in range(1, random.randint(2, 9)):
        key = random.randrange(3)
        if key not in rows:
            op, old = random.choice("IIL") if not found else "I", None
            rows.add(key)
        elif random.random() < 0.3:
            op, old = "D", None
            rows.remove(key)
        else:
            op, old = "U", key
            if random.random() < 0.3 and (free := [one for one in range(3) if one not in rows]):
                rows.remove(key)
                key = random.choice(free)
                rows.add(key)
        found.append(Change(number, place, op, key, None if op == "D" else values(random), old))
    return found


def values(random: Random) -> tuple[Any, ...]:
    return (
        random.choice([None, "", "a", 'q"uo,te', "ž 漢 😀", "NULLs", "x\ty", "{}", "D", "__op"]),
        random.choice([None, Decimal("0.01"), Decimal("-12345678.90"), Decimal("7.00")]),
        random.choice([None, date(1969, 12, 31), date(2024, 2, 29)]),
        random.choice([None, START + timedelta(days=random.randrange(-30_000, 9_000), milliseconds=5)]),
        random.choice([None, True, False]),
    )


def text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else str(value)


def row(change: Change) -> dict[str, Any]:
    """The columns of a change; of a delete only the key."""
    return {"feed": change.feed, "id": change.id, **dict(zip(VALUES, change.values or (None,) * 5, strict=True))}


def columns(change: Change) -> dict[str, Any]:
    """A change of a feed with columns."""
    old = {"BI_feed": change.feed, "BI_id": change.old_id} if change.op == "U" else {"BI_feed": None, "BI_id": None}
    return {"Op": change.op, "TIMESTAMP": change.at, **row(change), **old, "AR_H_CHANGE_SEQ": f"{change.place:035}"}


def csv_line(cells: Sequence[Any]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow("NULL" if (cell := text(one)) is None else cell for one in cells)
    return written.getvalue()


def as_csv(changes: Sequence[Change]) -> bytes:
    lines = [",".join(columns(changes[0])), *(csv_line([*columns(change).values()]) for change in changes)]
    return "\n".join([*lines, ""]).encode()


def as_csv_without_header(changes: Sequence[Change]) -> bytes:
    """Of a key change, a delete and an insert, as no column has the old key."""
    lines = list[str]()
    for change in changes:
        if change.op == "U" and change.old_id != change.id:
            gone = Change(change.feed, change.place, "D", change.old_id or 0, None)
            lines.append(csv_line(by_position(gone)))
        lines.append(csv_line(by_position(change)))
    return "\n".join([*lines, ""]).encode()


def by_position(change: Change) -> list[Any]:
    return [value for name, value in columns(change).items() if not name.startswith("BI_")]


def frame_of(changes: Sequence[Change]) -> "pa.Table":
    types = {
        "TIMESTAMP": pa.timestamp("us"),
        "amount": pa.decimal128(18, 2),
        "born": pa.date32(),
        "seen": pa.timestamp("us"),
        "is_new": pa.bool_(),
        "name": pa.string(),
        "Op": pa.string(),
        "AR_H_CHANGE_SEQ": pa.string(),
    }
    rows = [columns(change) for change in changes]
    naive = [
        {name: value.replace(tzinfo=None) if isinstance(value, datetime) else value for name, value in one.items()}
        for one in rows
    ]
    schema = pa.schema([(name, types.get(name, pa.int64())) for name in rows[0]])
    return pa.Table.from_pylist(naive, schema=schema)


def as_parquet(changes: Sequence[Change]) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(frame_of(changes), buffer)
    return buffer.getvalue()


def as_parquet_of_pandas(changes: Sequence[Change]) -> bytes:
    buffer = io.BytesIO()
    frame: pd.DataFrame = frame_of(changes).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    frame.to_parquet(buffer, coerce_timestamps="us", allow_truncated_timestamps=False)
    return buffer.getvalue()


def as_parquet_of_duckdb(changes: Sequence[Change], folder: Path) -> bytes:
    given = frame_of(changes)
    path = folder / "of_duckdb"
    duckdb.connect().from_arrow(given).write_parquet(str(path))
    content = path.read_bytes()
    path.unlink()
    return content


def as_json(changes: Sequence[Change]) -> bytes:
    return lines_of(
        {"what" if name == "Op" else name: value for name, value in columns(one).items()} for one in changes
    )


def as_dms(changes: Sequence[Change]) -> bytes:
    words = {"L": "load", "I": "insert", "U": "update", "D": "delete"}

    def envelope(change: Change) -> dict[str, Any]:
        # DMS's JSON has its position in the file only: these files are in order.
        metadata = {
            "timestamp": f"{change.at:%Y-%m-%dT%H:%M:%S.%fZ}",
            "record-type": "data",
            "operation": words[change.op],
        }
        before = {"before-image": {"feed": change.feed, "id": change.old_id}} if change.op == "U" else {}
        return {"data": row(change), "metadata": metadata, **before}

    return lines_of([{"metadata": {"record-type": "control", "operation": "create-table"}}, *map(envelope, changes)])


def source_of(change: Change) -> dict[str, Any]:
    return {"ts_ms": round(change.at.timestamp() * 1000), "file": "bin.000003", "pos": change.place, "row": 0}


DEBEZIUM = {"L": "r", "I": "c", "U": "u", "D": "d"}


def as_debezium(changes: Sequence[Change]) -> bytes:
    def event(change: Change) -> dict[str, Any]:
        old = {**row(change), "id": change.old_id if change.op == "U" else change.id}
        return {
            "op": DEBEZIUM[change.op],
            "before": old if change.op in "UD" else None,
            "after": row(change) if change.op != "D" else None,
            "source": source_of(change),
        }

    return lines_of([{"ts_ms": 1}, *map(event, changes), {"op": "m", "source": {"ts_ms": 1}}])


def as_flattened(changes: Sequence[Change]) -> bytes:
    """Of a key change, a delete and an insert, as Debezium writes it."""

    def event(change: Change) -> dict[str, Any]:
        source = {f"__source_{name}": value for name, value in source_of(change).items()}
        is_deleted = {"__deleted": str(change.op == "D").lower()}
        return {**row(change), "__op": DEBEZIUM[change.op], **is_deleted, **source}

    moved = [
        Change(one.feed, one.place, "D", one.old_id or 0, None)
        for one in changes
        if one.op == "U" and one.old_id != one.id
    ]
    return lines_of(map(event, [*changes, *moved]))


def lines_of(objects: Any) -> bytes:
    """JSON with decimals as numbers, and times as text."""

    def plain(value: Any) -> Any:
        return float(value) if isinstance(value, Decimal) else text(value)

    return b"".join(json.dumps(one, default=plain, ensure_ascii=False).encode() + b"\n" for one in objects)


FORMATS: Mapping[str, tuple[str, Callable[..., bytes]]] = {
    "CSV": ("csv", as_csv),
    "CSV without header": ("csv", as_csv_without_header),
    "CSV, compressed": ("csv.gz", lambda changes: gzip.compress(as_csv(changes))),
    "Parquet of pyarrow": ("parquet", as_parquet),
    "Parquet of pandas": ("parquet", as_parquet_of_pandas),
    "Parquet of DuckDB": ("parquet", as_parquet_of_duckdb),
    "plain JSON": ("json", as_json),
    "DMS's JSON": ("json", as_dms),
    "Debezium": ("json", as_debezium),
    "Debezium, flattened": ("json", as_flattened),
}
IN_ORDER = ("DMS's JSON",)


def delivered(format_name: str, feeds: Sequence[list[Change]], folder: Path, random: Random) -> list[File]:
    """The changes of all feeds in two files; in any order, where the format has the position of each change."""
    suffix, write = FORMATS[format_name]
    if write is as_parquet_of_duckdb:
        write = partial(write, folder=folder)
    files = list[File]()
    for number, part in enumerate((feeds[::2], feeds[1::2])):
        changes = [change for one in part for change in one]
        if format_name not in IN_ORDER:
            random.shuffle(changes)
        path = folder / f"20240101-10000000{number}.{suffix}"
        path.write_bytes(write(changes))
        files.append(File(str(path), path.stat().st_size, ""))
    return files


def applied(spark: SparkSession, files: Sequence[File]) -> tuple[DataFrame, DataFrame]:
    """Current rows and history after the changes of the files; none may be rejected."""
    reader = ChangeReader(spark, SOURCE, {"op": "what"}, ",", False, False, null_text="NULL", unavailable_value="")
    changes = typed_changes(reader.read(reader.inspect(files)), SOURCE, load_ts=None).cache()
    assert changes.filter(F.size("problems") > 0).select("raw_line", "problems").take(3) == []
    nothing = [
        spark.createDataFrame([], table.struct) for table in (SOURCE.current, SOURCE.aux, SOURCE.versions) if table
    ]
    found = apply_changes(
        changes,
        CdcTables(*nothing),
        SOURCE,
        has_truncate=False,
        horizon=RetentionHorizon(),
        applied_at=START,
        reuse=reused,
    )
    assert found.versions is not None
    return found.current.rows, found.versions.rows


def as_oracle(feeds: Sequence[list[Change]]) -> list[oracle.Change]:
    """The changes for a fold: of a key change the delete of the old row comes first."""
    found = list[oracle.Change]()
    for change in (change for one in feeds for change in one):
        if change.op == "U" and change.old_id != change.id:
            found.append(((change.feed, change.old_id), change.place, "D", None))
        found.append(((change.feed, change.id), change.place, change.op, change.values))
    return found


def readable(rows: DataFrame) -> DataFrame:
    """Times as text, since collected ones are in the zone of the machine."""
    return rows.withColumn("seen", F.date_format("seen", "yyyy-MM-dd HH:mm:ss.SSSSSS"))


def expected_values(values: tuple[Any, ...] | None) -> tuple[Any, ...]:
    name, amount, born, seen, is_new = values or (None,) * 5
    return name, amount, born, text(seen), is_new


@pytest.mark.properties
@pytest.mark.parametrize(
    "format_name",
    [pytest.param(name, marks=[pytest.mark.nightly] * (name != "Debezium")) for name in FORMATS],
)
def test_current_rows_and_history_of_any_format_equal_a_fold(
    spark: SparkSession, tmp_path: Path, format_name: str
) -> None:
    random = Random(7)
    feeds = [feed(number, random) for number in range(FEEDS)]
    current, versions = applied(spark, delivered(format_name, feeds, tmp_path, random))
    given = as_oracle(feeds)
    found = {(one.feed, one.id): tuple(one[name] for name in VALUES) for one in readable(current).collect()}
    assert found == {key: expected_values(values) for key, values in oracle.current(given).items()}
    spans: dict[Any, list[Any]] = {}
    for one in readable(versions).orderBy("_seq").collect():
        spans.setdefault((one.feed, one.id), []).append((tuple(one[name] for name in VALUES), one.is_current))
    assert spans == {
        key: [(expected_values(values), end is None) for values, _, end in found]
        for key, found in oracle.history(given, range(len(VALUES))).items()
    }
