"""Detect the format of delivered files by name and first bytes, and recognise files of other kinds."""

import gzip
import json
import re
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from jobs.runtime.errors import BadInput
from jobs.runtime.storage.listing import File, open_file

_FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
_EXPECTED = {"csv": "CSV", "json": "JSON lines"}
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_START_BYTES = 1 << 16
_MAX_THREADS = 16

_TO_TEXT = "save it as CSV in UTF-8"
_TO_GZIP = "compress it with gzip instead"
_TO_TABLE = "write it as Parquet, JSON lines or CSV"
_UNPACK = "unpack it"
# The first bytes, what the file is, and what to do.
_SIGNATURES = tuple(
    (re.compile(signature, re.DOTALL), name, advice)
    for signature, name, advice in (
        (rb"\xff\xfe\0\0|\0\0\xfe\xff", "UTF-32 text", _TO_TEXT),
        (rb"\xff\xfe|\xfe\xff", "UTF-16 text", _TO_TEXT),
        (rb"PK\x03\x04.*(\[Content_Types\]\.xml|xl/)", "an Excel workbook", _TO_TEXT),
        (rb"PK(\x03\x04|\x05\x06)", "a ZIP archive", _UNPACK),
        (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
        (rb"Rar!\x1a\x07", "a RAR archive", _UNPACK),
        (rb".{257}ustar", "a tar archive", _UNPACK),
        (rb"\x1f\x8b", "compressed twice with gzip", "decompress it once"),
        (rb"BZh[1-9]1AY&SY", "compressed with bzip2", _TO_GZIP),
        (rb"\xfd7zXZ\0", "compressed with xz", _TO_GZIP),
        (rb"\x28\xb5\x2f\xfd", "compressed with zstd", _TO_GZIP),
        (rb"\x04\x22\x4d\x18", "compressed with lz4", _TO_GZIP),
        (rb"\xff\x06\0\0sNaPpY", "compressed with snappy", _TO_GZIP),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document, such as .xls", _TO_TEXT),
        (rb"PAR1[^ -~]", "Parquet", "name it .parquet"),
        (rb"ARROW1|\xff\xff\xff\xff.{2}\0\0", "Arrow", _TO_TABLE),
        (rb"Obj\x01", "Avro", _TO_TABLE),
        (rb"ORC.{0,99}[\0-\x08]", "ORC", _TO_TABLE),
        (rb"SQLite format 3\0", "an SQLite database", "export its tables as CSV"),
        (rb"%PDF-", "a PDF document", "deliver its data as CSV"),
        (rb"\x89PNG\r\n|\xff\xd8\xff|GIF8", "an image", "remove it"),
    )
)
_MARKUP = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|\?xml|!--)", re.IGNORECASE)
_JSON_START = re.compile(r'\s*(?:\{\s*(?:"|\}|\Z)|\[\s*(?:[\[{"]|\Z))')
_EXCEL_HINT = re.compile(r"\s*sep=(.)\s*\Z", re.IGNORECASE)


def detect_formats(files: Sequence[File]) -> dict[str, str]:
    """Path -> csv, json or parquet. Raises BadInput if the content of a file cannot be what its name says."""
    with ThreadPoolExecutor(_MAX_THREADS) as pool:  # requests to a bucket have a high latency
        return {file.path: file_format for file, file_format in zip(files, pool.map(_detect, files), strict=True)}


def _detect(file: File) -> str:
    # Spark recognises gzip only by the suffix .gz, not .GZ.
    is_named_gz = file.path.endswith(".gz")
    with open_file(file.path) as stream:
        is_gzip = stream.read(2) == _GZIP_MAGIC
    if file.bytes and is_named_gz != is_gzip:
        raise BadInput(
            f"{file.path} is gzip, and Spark decompresses only names that end with .gz in lower case; rename it"
            if is_gzip
            else f"{file.path} is named .gz but is not gzip; rename it"
        )
    if (file_format := format_of(file.path)) == "json":
        require_kind(file.path, read_start(file.path), "json")
    return file_format


def format_of(path: str) -> str:
    """csv, json or parquet, by the name of the file; csv for any other name."""
    return _FORMATS.get(Path(path.removesuffix(".gz")).suffix.lower(), "csv")


def read_start(path: str) -> bytes:
    """The first bytes of a file, decompressed. Raises BadInput if it is damaged."""
    try:
        with open_file(path) as raw, gzip.open(raw) if path.endswith(".gz") else raw as stream:
            start: bytes = stream.read(_MAX_START_BYTES)
            return start
    except (OSError, EOFError, zlib.error) as error:
        raise damaged_file_error(path, error) from error


def damaged_file_error(path: str, reason: object) -> BadInput:
    """The error for a file that cannot be read to its end."""
    return BadInput(f"{path} is damaged: {reason}; no file was taken; repair or remove it and run again")


def require_kind(path: str, start: bytes, file_format: str) -> None:
    """Raises BadInput if the decompressed `start` of a file shows that it is neither CSV nor JSON lines."""
    if kind := _binary_kind(start) or _text_kind(start.decode("utf-8-sig", errors="replace"), file_format):
        name, advice = kind
        raise BadInput(f"{path} is {name}, not {_EXPECTED[file_format]}; {advice}; no file was taken")


def _binary_kind(start: bytes) -> tuple[str, str] | None:
    for signature, name, advice in _SIGNATURES:
        if signature.match(start):
            return name, advice
    # In UTF-16 without a byte order mark, every second byte of most texts is zero.
    for first in (0, 1):
        half, other = start[first:2000:2], start[1 - first : 2000 : 2]
        if len(half) > 4 and half.count(0) > 0.9 * len(half) and other.count(0) < 0.1 * len(other):
            return "UTF-16 text without a byte order mark", _TO_TEXT
    return None


def _text_kind(text: str, file_format: str) -> tuple[str, str] | None:
    if _MARKUP.match(text):
        return "an HTML or XML document", "perhaps an error page was saved; deliver its data as CSV"
    line = next((line for line in text.splitlines() if line.strip()), "")
    if file_format == "json":
        return _json_kind(text, line)
    if _JSON_START.match(line):
        return "JSON", "name it .json if it has one object per line"
    if match := _EXCEL_HINT.match(line):
        return (
            f"CSV with Excel's first line {line.strip()}",
            f"remove that line and use --delimiter '{match[1]}'",
        )
    return None


def _json_kind(text: str, line: str) -> tuple[str, str] | None:
    if text.lstrip().startswith("["):
        return "a JSON array", "write one object per line"
    with suppress(ValueError):
        json.loads(line)
        return None
    if line.strip() == "{" or _spans_lines(text.lstrip()):
        return "JSON with line breaks inside objects", "write one object per line"
    return None


def _spans_lines(text: str) -> bool:
    """Whether the first object of the text is valid JSON that has a line break."""
    with suppress(ValueError):
        return "\n" in text[: json.JSONDecoder().raw_decode(text)[1]]
    return False
