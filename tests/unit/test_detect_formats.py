"""Files that are neither CSV nor JSON lines are named for what they are."""

import bz2
import io
import json
import lzma
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, orc, parquet

from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.detect_formats import detect_formats
from jobs.runtime.ingest.headers import read_csv_header
from jobs.runtime.ingest.magic_bytes import require_kind
from jobs.runtime.storage.listing import File

TEXT = b"event_time,price\n2019-10-01 00:00:00,1.50\n"
OBJECT = {"event_time": "2019-10-01 00:00:00", "price": 1.5}
TABLE = pa.table({"price": [1.5]})


def zipped(*names: str, content: str = TEXT.decode()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, content)
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
    "compressed with xz or LZMA": lzma.compress(TEXT),
    "compressed with zstd": pa.compress(TEXT, "zstd", asbytes=True),
    "compressed with lz4": pa.compress(TEXT, "lz4", asbytes=True),
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "a RAR archive": b"Rar!\x1a\x07\x01\x00",
    "an old or encrypted Office document, such as .xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
    "ORC": written(orc.write_table),
    "Arrow": written(feather.write_feather),
    "Avro": b"Obj\x01\x04\x16avro.schema",
    "an SQLite database": b"SQLite format 3\x00\x10\x00",
    "a PDF document": b"%PDF-1.7\n%\xb5\xb5\n",
    "an image": b"\x89PNG\r\n\x1a\n",
    "UTF-16 text": TEXT.decode().encode("utf-16"),
    "UTF-32 text": TEXT.decode().encode("utf-32"),
    "UTF-16 text without a byte order mark": TEXT.decode().encode("utf-16-le"),
    "an OpenDocument file": zipped("mimetype", content="application/vnd.oasis.opendocument.spreadsheet"),
    "an Office document": zipped("[Content_Types].xml", "word/document.xml"),
    "compressed with zlib": zlib.compress(TEXT),
    "compressed with compress": b"\x1f\x9d\x90",
    "HDF5": b"\x89HDF\r\n\x1a\n",
    "a NumPy array": b"\x93NUMPY\x01\x00",
    "a Python pickle": pickle.dumps(OBJECT),
    "a DuckDB database": bytes(8) + b"DUCK\x40" + bytes(7),
    "encrypted": b"-----BEGIN PGP MESSAGE-----\n",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:12\n",
    "an SQL script": b"-- MySQL dump 10.13\n",
}
MARKUP = [
    b"\n<!DOCTYPE html>\n<html><body>Not found</body></html>",
    b"<Error><Code>AccessDenied</Code></Error>",
    b'<?xml version="1.0"?><a/>',
    b"\xef\xbb\xbf<table class='x'>\n<tr>",
    b"<!-- saved -->\n",
    b"<p>Not found</p>",
]
# Every text of another encoding, with headers of three scripts.
HEADERS = ("event_time,price", "\u0432\u0440\u0435\u043c\u044f,\u0446\u0435\u043d\u0430", "\u6642\u9593,\u50f9\u683c")
ENCODED = [
    (f"UTF-{width} text{'' if mark else ' without a byte order mark'}", mark + f"{header}\n2019,1.5\n".encode(encoding))
    for header in HEADERS
    for width, encoding, mark in (
        (16, "utf-16-le", b""),
        (16, "utf-16-be", b""),
        (32, "utf-32-le", b""),
        (32, "utf-32-be", b""),
        (16, "utf-16-le", b"\xff\xfe"),
        (32, "utf-32-be", b"\0\0\xfe\xff"),
    )
]
EXCEL = [
    (f"CSV that begins with Excel's line sep={sign}", f"{quote}sep={raw}{quote}\r\nevent_time{raw}price\r\n".encode())
    for sign, raw in ((";", ";"), (",", ","), ("|", "|"), ("\\t", "\t"))
    for quote in ("", '"')
] + [  # as other programs write that line again
    (f"CSV that begins with Excel's line sep={sign}", f"{quote}sep={sign}{quote}{sign * 3}\r\nevent_time\r\n".encode())
    for sign in ";,|"
    for quote in ("", '"')
]
OF_ANY_FORMAT = [*KINDS.items(), *(("an HTML or XML document", content) for content in MARKUP), *ENCODED]
GZIP, PARQUET = b"\x1f\x8b\x08\x00", written(parquet.write_table)
BY_FORMAT = {
    "csv": [
        ("JSON", json.dumps(OBJECT).encode()),
        ("compressed twice with gzip", GZIP),
        ("Parquet", PARQUET),
        *EXCEL,
    ],
    "json": [
        ("a JSON array", json.dumps([OBJECT]).encode()),
        ("a JSON array", b" [\n" + json.dumps(OBJECT).encode()),
        ("JSON with line breaks inside objects", json.dumps(OBJECT, indent=2).encode()),
        ("compressed twice with gzip", GZIP),
        ("Parquet", PARQUET),
        ("text", TEXT),
    ],
    "parquet": [
        ("compressed with gzip", GZIP),
        ("text", TEXT),
        ("JSON", json.dumps(OBJECT).encode()),
        ("encrypted Parquet", b"PARE\x15\x02"),
    ],
}


@pytest.mark.parametrize("file_format", BY_FORMAT)
def test_a_file_of_another_kind_is_named(file_format: str) -> None:
    for kind, content in [*OF_ANY_FORMAT, *BY_FORMAT[file_format]]:
        with pytest.raises(BadInput) as caught:
            require_kind("in/a", content, file_format)
        assert str(caught.value).startswith((f"in/a is {kind}, not ", f"in/a is {kind}; ")), (kind, str(caught.value))
        assert str(caught.value).isprintable(), kind
        assert "CSV, not CSV" not in str(caught.value)


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
        ("csv", b"<DATE>,<TIME>,<OPEN>\n20190930,1,2\n"),
        ("csv", b"<DATE>;<TIME>\n"),
        ("csv", b"x^2,y\n"),
        ("csv", b"abc,\n\x00b,1\n\x00c,2\n"),
        ("csv", b"ab,\n\x00\x00b,1\n\x00\x00c,2\n"),
        ("csv", b"\x80,b\n"),
        ("csv", b"MZ,PK,Obj\n"),
        ("csv", b"product,DUCK\n1,2\n"),
        ("csv", b"create_table,insert_into\n"),
        ("csv", b"a"),
        ("csv", b""),
        ("json", json.dumps(OBJECT).encode() + b"\n"),
        ("json", b'\xef\xbb\xbf\n{"a": 1}\n'),
        ("json", b'{"a": 1\n{"a": 2}\n'),
        ("json", b'{"a": "cut off'),
        ("json", b"1\n"),
        ("json", b'garbage\n{"a": 1}\n'),
        ("json", b"\x16\x00\x00\x00\x02hello\x00"),
        ("parquet", b"PAR1\x15"),
        ("parquet", b"\x00\x01\x02\xff\xfe\xfd"),
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


def test_what_is_named_gz_and_is_no_gzip_is_named(tmp_path: Path) -> None:
    for name in ("a.csv.gz", "a.json.gz", "a.parquet.gz"):
        path = tmp_path / name
        for kind, content in OF_ANY_FORMAT:
            path.write_bytes(content)
            with pytest.raises(BadInput) as caught:
                detect_formats([File(str(path), len(content), "")])
            assert str(caught.value).startswith((f"{path} is {kind}, not ", f"{path} is {kind}; ")), str(caught.value)
    path = tmp_path / "gzip.parquet"
    path.write_bytes(GZIP)
    with pytest.raises(BadInput, match=r"gzip\.parquet is compressed with gzip, not Parquet; decompress it"):
        detect_formats([File(str(path), len(GZIP), "")])


def test_the_delimiter_is_the_one_that_pads_the_line_of_excel() -> None:
    with pytest.raises(BadInput, match=r"Excel's line sep=;; remove that line and use --delimiter ','"):
        require_kind("in/a", b"sep=;,,,\nevent_time,a,b,c\n", "csv")


def test_fields_without_a_name_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,,\n1,2,,\n")
    assert read_csv_header(str(path), ",").fields == ("a", "b", "_c2", "_c3")
