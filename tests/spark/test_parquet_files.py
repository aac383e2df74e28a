"""Every Parquet file that Spark can read is read, whoever wrote it; what it cannot read is named."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from pyspark.sql import SparkSession

from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.file_readers import Reader
from jobs.runtime.storage.listing import File
from schemas.ecommerce.raw_events import RAW_EVENTS
from tests.conftest import IS_NEWER_LINE

pytestmark = pytest.mark.both_lines

MOMENT = dt.datetime(2019, 10, 1, 12, 0, 0, 123456)  # noqa: DTZ001  (a local time of Parquet)
TIME, WHOLE = "2019-10-01 12:00:00.123456", "2019-10-01 12:00:00"
OTHERS = {"event_type": "view", "product_id": 1, "price": "1.50", "user_id": 7}
VALUE = 123
TIMES: dict[str, tuple[pa.Array, str]] = {
    "text": (pa.array([TIME]), TIME),
    "large text": (pa.array([TIME], pa.large_string()), TIME),
    "dictionary": (pa.array([TIME]).dictionary_encode(), TIME),
    "bytes": (pa.array([TIME.encode()], pa.binary()), TIME),
    "milliseconds": (pa.array([MOMENT.replace(microsecond=0)], pa.timestamp("ms")), WHOLE),
    "microseconds": (pa.array([MOMENT], pa.timestamp("us")), TIME),
    "microseconds in UTC": (pa.array([MOMENT], pa.timestamp("us", "UTC")), TIME),
    "nanoseconds": (pa.array([MOMENT], pa.timestamp("ns")), TIME),
    "nanoseconds in UTC": (pa.array([MOMENT], pa.timestamp("ns", "UTC")), TIME),
}
IDS: dict[str, pa.Array] = {
    **{str(kind): pa.array([VALUE], kind) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    **{str(kind): pa.array([VALUE], kind) for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())},
    "decimal": pa.array([Decimal(VALUE)], pa.decimal128(20, 0)),
    "fixed bytes": pa.array([b"123"], pa.binary(3)),
}
PRICES: dict[str, pa.Array] = {
    "double": pa.array([35.79]),
    "float": pa.array([35.79], pa.float32()),
    "decimal": pa.array([Decimal("35.79")], pa.decimal128(18, 2)),
    "text": pa.array(["35.79"]),
}
CODECS = ["none", "snappy", "gzip", "zstd", "lz4"]
PAGES: dict[str, dict[str, Any]] = {
    "version 1.0": {"version": "1.0"},
    "pages of version 2": {"data_page_version": "2.0"},
    "delta": {
        "use_dictionary": False,
        "column_encoding": {"event_time": "DELTA_BYTE_ARRAY", "product_id": "DELTA_BINARY_PACKED"},
    },
}


def table(**columns: Any) -> pa.Table:
    arrays = {"event_time": pa.array([TIME]), **{name: pa.array([value]) for name, value in OTHERS.items()}, **columns}
    return pa.table(arrays)


def read(spark: SparkSession, folder: Path) -> dict[str, Any]:
    reader = Reader(spark, RAW_EVENTS, {}, ",", no_header=False, multi_line=False)
    files = [File(str(path), path.stat().st_size, "") for path in sorted(folder.glob("*.parquet"))]
    return {Path(row.source_file).stem: row for row in reader.read(files).rows.collect()}


def test_every_type_is_read_as_the_same_text(spark: SparkSession, tmp_path: Path) -> None:
    for name, (times, _) in TIMES.items():
        parquet.write_table(table(event_time=times), tmp_path / f"time {name}.parquet")
    for name, ids in IDS.items():
        parquet.write_table(table(product_id=ids), tmp_path / f"id {name}.parquet")
    for name, prices in PRICES.items():
        parquet.write_table(table(price=prices), tmp_path / f"price {name}.parquet")
    found = read(spark, tmp_path)
    assert {name: found[f"time {name}"].event_time for name in TIMES} == {
        name: text for name, (_, text) in TIMES.items()
    }
    assert {found[f"id {name}"].product_id for name in IDS} == {str(VALUE)}
    assert {found[f"price {name}"].price for name in PRICES} == {"35.79"}


def test_every_codec_and_page_format_is_read(spark: SparkSession, tmp_path: Path) -> None:
    for codec in CODECS:
        parquet.write_table(table(), tmp_path / f"{codec}.parquet", compression=codec)
    for name, options in PAGES.items():
        parquet.write_table(table(), tmp_path / f"{name}.parquet", **options)
    found = read(spark, tmp_path)
    assert {row.event_time for row in found.values()} == {TIME}
    assert len(found) == len(CODECS) + len(PAGES)


def test_files_of_every_writer_are_read(spark: SparkSession, tmp_path: Path) -> None:
    parquet.write_table(
        table(event_time=pa.array([MOMENT])), tmp_path / "int96.parquet", use_deprecated_int96_timestamps=True
    )
    frame = pd.DataFrame(
        {"event_time": [pd.Timestamp(MOMENT)], "brand": [None], **{key: [one] for key, one in OTHERS.items()}}
    )
    frame.to_parquet(tmp_path / "pandas.parquet")
    with duckdb.connect() as database:
        database.execute(
            f"COPY (SELECT TIMESTAMP '{TIME}' AS event_time, 'view' AS event_type, 1 AS product_id, 1.50 AS price,"
            f" 7 AS user_id, uuid() AS unread, TIME '10:00' AS at) TO '{tmp_path}/duckdb.parquet' (FORMAT parquet)"
        )
    for kind in ("INT96", "TIMESTAMP_MICROS"):
        spark.conf.set("spark.sql.parquet.outputTimestampType", kind)
        written = tmp_path / kind
        spark.sql(
            f"SELECT TIMESTAMP'{TIME}' AS event_time, 'view' AS event_type, 1L AS product_id, 1.50BD AS price,"
            " 7L AS user_id"
        ).coalesce(1).write.parquet(str(written))
        next(written.glob("*.parquet")).rename(tmp_path / f"spark {kind}.parquet")
    spark.conf.unset("spark.sql.parquet.outputTimestampType")
    found = read(spark, tmp_path)
    assert {name: row.event_time for name, row in found.items()} == dict.fromkeys(
        ("int96", "pandas", "duckdb", "spark INT96", "spark TIMESTAMP_MICROS"), TIME
    )
    assert {float(row.price) for row in found.values()} == {1.5}


# Reason and advice -> values, and how they are written.
ODD: dict[tuple[str, str], tuple[pa.Array, dict[str, Any]]] = {
    ("of type Time", "as text, such as 10:00:00"): (pa.array([dt.time(1)], pa.time64("us")), {}),
    ("of type UUID", "as text"): (pa.array([bytes(16)], pa.uuid()), {}),
    ("of type Decimal", "at most 38 digits"): (pa.array([Decimal(1)], pa.decimal256(60, 2)), {}),
    ("of type list", "as text, in JSON"): (pa.array([[dt.time(1)]]), {}),
    ("written with BROTLI", "with snappy or zstd"): (pa.array([1.5]), {"compression": {"odd": "brotli"}}),
    ("written with BYTE_STREAM_SPLIT", "with plain encoding"): (
        pa.array([1.5]),
        {"use_dictionary": False, "column_encoding": {"odd": "BYTE_STREAM_SPLIT"}},
    ),
}


def test_what_spark_cannot_read_is_named_and_does_not_matter_where_it_is_not_read(
    spark: SparkSession, tmp_path: Path
) -> None:
    for (reason, advice), (values, options) in ODD.items():
        path = tmp_path / "odd.parquet"
        parquet.write_table(table(odd=values, nothing=pa.nulls(1)), path, **options)
        assert read(spark, tmp_path)["odd"].event_time == TIME
        reader = Reader(spark, RAW_EVENTS, {"brand": "odd"}, ",", no_header=False, multi_line=False)
        with pytest.raises(BadInput, match=f"odd.parquet has column odd {reason}.* cannot read; .* {advice}"):
            reader.read([File(str(path), path.stat().st_size, "")])


STRUCTS = {
    "odd names": {"a`b": 1, "c d": 2, "e.f:g": 3},
    "of two cases": {"a": 1, "A": 2},
    "nested": {"a": {"b": 1, "B": 2}},
}
HALVES = {"half": pa.array([np.float16(1.5)]), "list": pa.array([[np.float16(1.5)]])}
OF_DUCKDB = {"Variant": "{'a': 1}::VARIANT", "Geometry": "'POINT(0 0)'::GEOMETRY"}


def test_a_struct_that_nobody_reads_is_no_reason_to_refuse_a_file(spark: SparkSession, tmp_path: Path) -> None:
    for name, value in STRUCTS.items():
        parquet.write_table(table(odd=pa.array([value])), tmp_path / f"{name}.parquet")
    found = read(spark, tmp_path)
    assert {row.event_time for row in found.values()} == {TIME}
    assert '"a`b' in found["odd names"].raw_line
    path = tmp_path / "nested.parquet"
    reader = Reader(spark, RAW_EVENTS, {"brand": "odd"}, ",", no_header=False, multi_line=False)
    with pytest.raises(BadInput, match=r"column odd with fields that differ only in case.*; rename one of them"):
        reader.read([File(str(path), path.stat().st_size, "")])


def test_a_file_that_spark_cannot_open_is_refused_for_its_type(spark: SparkSession, tmp_path: Path) -> None:
    for name, values in HALVES.items():
        parquet.write_table(table(odd=values), tmp_path / f"{name}.parquet")
    with duckdb.connect() as database:
        for kind, value in OF_DUCKDB.items():
            database.execute(
                f"COPY (SELECT '{TIME}' AS event_time, 'view' AS event_type, 1 AS product_id, 1.5 AS price,"
                f" 7 AS user_id, {value} AS odd, 'acme' AS brand) TO '{tmp_path}/{kind}.parquet'"
                " (FORMAT parquet, GEOPARQUET_VERSION 'V2')"
            )
    if IS_NEWER_LINE:
        assert {row.event_time for row in read(spark, tmp_path).values()} == {TIME}
        return
    reader = Reader(spark, RAW_EVENTS, {}, ",", no_header=False, multi_line=False)
    for name in (*HALVES, *OF_DUCKDB):
        path = tmp_path / f"{name}.parquet"
        kind = name if name in OF_DUCKDB else "Float16"
        with pytest.raises(
            BadInput, match=rf"column odd of type {kind}, and Spark 3\.5\.\d opens no file.*; write the"
        ):
            reader.read([File(str(path), path.stat().st_size, "")])


# Names that Spark or the readers use themselves, or that SQL would have to quote.
NAMES = ("line", "Line", "value", "fields", "_texts", "a`b", "a.b", "raw_line", "malformed", "day", "row", "č \u200b")
RESERVED = ("source_file", "SOURCE_FILE", "row_no", "_metadata", "")


def test_a_column_may_have_any_name(spark: SparkSession, tmp_path: Path) -> None:
    for number, name in enumerate((*NAMES, *RESERVED)):
        parquet.write_table(table(**{name: pa.array(["acme"])}), tmp_path / f"{number}.parquet")
    found = read(spark, tmp_path)
    assert {row.event_time for row in found.values()} == {TIME}
    for number, name in enumerate(NAMES):
        assert f'"{name}":"acme"' in found[f"{number}"].raw_line
        path = tmp_path / f"{number}.parquet"
        reader = Reader(spark, RAW_EVENTS, {"brand": name}, ",", no_header=False, multi_line=False)
        [row] = reader.read([File(str(path), path.stat().st_size, "")]).rows.collect()
        assert row.brand == "acme", name
    path = tmp_path / f"{len(NAMES)}.parquet"
    reader = Reader(spark, RAW_EVENTS, {"brand": RESERVED[0]}, ",", no_header=False, multi_line=False)
    with pytest.raises(BadInput, match="has column source_file whose name"):
        reader.read([File(str(path), path.stat().st_size, "")])


def test_names_that_differ_only_in_case_are_a_reason_only_where_they_are_read(
    spark: SparkSession, tmp_path: Path
) -> None:
    one, other = pa.array(["x"]), pa.array(["y"])
    parquet.write_table(table(colour=one, Colour=other), tmp_path / "unread.parquet")
    assert read(spark, tmp_path)["unread"].raw_line.count("olour") == 0
    parquet.write_table(table(brand=one, Brand=other), tmp_path / "read.parquet")
    with pytest.raises(BadInput, match=r"read\.parquet has column brand beside one .*; rename one of them"):
        read(spark, tmp_path)
