"""Files that are neither CSV nor JSON lines are named for what they are."""

import bz2
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, orc, parquet

from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.file_formats import detect_formats, require_kind
from jobs.runtime.ingest.headers import read_csv_header
from jobs.runtime.storage.listing import File

TEXT = b"event_time,price\n2019-10-01 00:00:00,1.50\n"
OBJECT = {"event_time": "2019-10-01 00:00:00", "price": 1.5}
TABLE = pa.table({"price": [1.5]})


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, TEXT)
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("a.csv")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT))
    return buffer.getvalue()


def written(write: Callable[[pa.Table, io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(TABLE, buffer)
    return buffer.getvalue()


KINDS = {
    "a ZIP archive": zipped("a.csv"),
    "an Excel workbook": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "a tar archive": tarred(),
    "compressed with bzip2": bz2.compress(TEXT),
    "compressed with xz": lzma.compress(TEXT),
    "compressed with zstd": pa.compress(TEXT, "zstd", asbytes=True),
    "compressed with lz4": pa.compress(TEXT, "lz4", asbytes=True),
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "a RAR archive": b"Rar!\x1a\x07\x01\x00",
    "an old Office document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
    "Parquet": written(parquet.write_table),
    "ORC": written(orc.write_table),
    "Arrow": written(feather.write_feather),
    "Avro": b"Obj\x01\x04\x16avro.schema",
    "an SQLite database": b"SQLite format 3\x00\x10\x00",
    "a PDF document": b"%PDF-1.7\n%\xb5\xb5\n",
    "an image": b"\x89PNG\r\n\x1a\n",
    "compressed twice with gzip": b"\x1f\x8b\x08\x00",
    "UTF-16 text": TEXT.decode().encode("utf-16"),
    "UTF-32 text": TEXT.decode().encode("utf-32"),
    "UTF-16 text without a byte order mark": TEXT.decode().encode("utf-16-le"),
    "an HTML or XML document": b"\n<!DOCTYPE html>\n<html><body>Not found</body></html>",
}
ONLY_CSV = {
    "JSON": json.dumps(OBJECT).encode(),
    "CSV with Excel's first line sep=;": b"sep=;\r\nevent_time;price\r\n",
}
ONLY_JSON = {
    "a JSON array": json.dumps([OBJECT]).encode(),
    "JSON with line breaks inside objects": json.dumps(OBJECT, indent=2).encode(),
}


@pytest.mark.parametrize(
    ("file_format", "kinds"), [("csv", KINDS | ONLY_CSV), ("json", KINDS | ONLY_JSON)], ids=["csv", "json"]
)
def test_a_file_of_another_kind_is_named(file_format: str, kinds: dict[str, bytes]) -> None:
    for kind, content in kinds.items():
        with pytest.raises(BadInput) as caught:
            require_kind("in/a", content, file_format)
        assert str(caught.value).startswith(f"in/a is {kind}"), kind
        assert str(caught.value).isprintable(), kind


@pytest.mark.parametrize(
    ("file_format", "content"),
    [
        ("csv", TEXT),
        ("csv", b"\xef\xbb\xbf" + TEXT),
        ("csv", "država,čas\n".encode()),
        ("csv", "國家,時間\n".encode()),
        ("csv", b"ORC_id,PARENT\n1,2\n"),
        ("csv", b"PAR1,BZh\n"),
        ("csv", b"[id],[name]\n"),
        ("csv", b"{a},b\n"),
        ("csv", b"a,b\n\x00\x00\x00\x00,1\n"),
        ("csv", b"a"),
        ("csv", b""),
        ("json", json.dumps(OBJECT).encode() + b"\n"),
        ("json", b'\xef\xbb\xbf\n{"a": 1}\n'),
        ("json", b'{"a": 1\n{"a": 2}\n'),
        ("json", b'{"a": "cut off'),
        ("json", b"1\n"),
        ("json", b""),
    ],
)
def test_a_file_that_may_be_what_it_says_is_read(file_format: str, content: bytes) -> None:
    require_kind("in/a", content, file_format)


def test_a_json_file_is_recognised_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([OBJECT]))
    with pytest.raises(BadInput, match="is a JSON array, not JSON lines; write one object per line"):
        detect_formats([File(str(path), path.stat().st_size, "")])


def test_gzip_with_another_suffix_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.CSV.GZ"
    path.write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(BadInput, match=r"a\.CSV\.GZ is gzip, and Spark decompresses only names that end with \.gz"):
        detect_formats([File(str(path), 4, "")])


def test_fields_without_a_name_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,,\n1,2,,\n")
    assert read_csv_header(str(path), ",").fields == ("a", "b", "_c2", "_c3")
