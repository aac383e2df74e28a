"""Recognise files that are not what their name says, by their first bytes."""

import json
import re
from contextlib import suppress

from jobs.runtime.errors import BadInput

_EXPECTED = {"csv": "CSV", "json": "JSON lines", "parquet": "Parquet"}
_TO_TEXT = "save it as CSV in UTF-8"
_TO_GZIP = "compress it with gzip instead"
_TO_TABLE = "write it as Parquet, JSON lines or CSV"
_UNPACK = "unpack it"
_DECRYPT = "decrypt it"
_EXPORT = "export its tables as CSV"
# The first bytes, what the file is, and what to do.
_SIGNATURES = tuple(
    (re.compile(signature, re.DOTALL), name, advice)
    for signature, name, advice in (
        (rb"\xff\xfe\0\0|\0\0\xfe\xff", "UTF-32 text", _TO_TEXT),
        (rb"\xff\xfe|\xfe\xff", "UTF-16 text", _TO_TEXT),
        (rb"PK\x03\x04.*\bxl/(workbook|worksheets|_rels|theme|styles|sharedStrings)", "an Excel workbook", _TO_TEXT),
        (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", "an OpenDocument file", _TO_TEXT),
        (rb"PK\x03\x04.*\[Content_Types\]\.xml", "an Office document", _TO_TEXT),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "a ZIP archive", _UNPACK),
        (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
        (rb"Rar!\x1a\x07", "a RAR archive", _UNPACK),
        (rb"MSCF\0\0\0\0", "a CAB archive", _UNPACK),
        (rb".{257}ustar", "a tar archive", _UNPACK),
        (rb"BZh[1-9]1AY&SY", "compressed with bzip2", _TO_GZIP),
        (rb"\xfd7zXZ\0|]\0\0.{2}\xff|]\0\0.{10}\0|LZIP\x01", "compressed with xz or LZMA", _TO_GZIP),
        (rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "compressed with zstd", _TO_GZIP),
        (rb"\x04\x22\x4d\x18", "compressed with lz4", _TO_GZIP),
        (rb"\xff\x06\0\0sNaPpY", "compressed with snappy", _TO_GZIP),
        (rb"\x1f[\x9d\xa0]", "compressed with compress", _TO_GZIP),
        (rb"\x89LZO\0\r\n", "compressed with lzop", _TO_GZIP),
        (rb"x[\x01\x9c\xda]", "compressed with zlib", _TO_GZIP),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office document, such as .xls", _TO_TEXT),
        (rb"\{\\rtf", "an RTF document", _TO_TEXT),
        (rb"PAR1[^ -~]", "Parquet", "name it .parquet"),
        (rb"PARE", "encrypted Parquet", _DECRYPT),
        (rb"ARROW1|FEA1[^ -~]|\xff\xff\xff\xff.{2}\0\0", "Arrow", _TO_TABLE),
        (rb"Obj\x01", "Avro", _TO_TABLE),
        (rb"ORC.{0,99}[\0-\x08]", "ORC", _TO_TABLE),
        (rb"\x89HDF\r\n", "HDF5", _TO_TABLE),
        (rb"\x93NUMPY", "a NumPy array", _TO_TABLE),
        (rb"\x80[\x02-\x05]", "a Python pickle", _TO_TABLE),
        (rb"RD[AX][23]\n|X\n\0\0\0", "an R data file", _TO_TABLE),
        (rb"\$FL[23]@\(#\)", "an SPSS file", _TO_TABLE),
        (rb"SQLite format 3\0", "an SQLite database", _EXPORT),
        (rb".{8}DUCK.\0{7}", "a DuckDB database", _EXPORT),
        (rb"\0\x01\0\0Standard (Jet|ACE) DB", "an Access database", _EXPORT),
        (rb"%PDF-", "a PDF document", "deliver its data as CSV"),
        (rb"\x89PNG\r\n|\xff\xd8\xff|GIF8|II\*\0|MM\0\*|RIFF.{4}WEBP", "an image", "remove it"),
        (rb"\x7fELF|MZ[\x90\0]", "a program", "remove it"),
        (rb"Salted__|-----BEGIN PGP MESSAGE|age-encryption\.org/", "encrypted", _DECRYPT),
        (rb"version https://git-lfs\.github\.com/", "a pointer of Git LFS", "fetch the file with git lfs pull"),
    )
)
_GZIP = b"\x1f\x8b"
# A field name in angle brackets, such as <DATE>, is followed by a delimiter.
_MARKUP = re.compile(r"\s*<(?:[!?]|[a-z][\w:.-]*(?:\s[^<>]*)?/?>(?!\s*[,;|\t]))", re.IGNORECASE)
_JSON_START = re.compile(r'\s*(?:\{\s*(?:"|\}|\Z)|\[\s*(?:[\[{"]|\Z))')
# A program that does not know the line pads it with its own delimiter when it writes the file again.
_EXCEL_HINT = re.compile(r'\s*"?sep=(.)"?([,;|\t])?\2*\s*\Z', re.IGNORECASE)
_SQL = re.compile(
    r"\s*(?:--|/\*|#).*(?:sql|database) dump|\s*(?:insert\s+into|create\s+table|copy\s+\S+ \()", re.IGNORECASE
)
_UNREADABLE = frozenset("\ufffd\0")
_MIN_CHARACTERS = 4
_MIN_ZEROS = 3
_CHECKED_BYTES = 2000
_LINE_FEED = ord("\n")


def require_kind(path: str, start: bytes, file_format: str) -> None:
    """Raises BadInput if the first bytes of a file show that it is not csv, json or parquet, as its name says.

    `start` is decompressed for csv and json.
    """
    if file_format == "parquet" and start.startswith(b"PAR1"):
        return
    if kind := _kind(start, file_format):
        name, advice = kind
        other = "" if name.startswith(_EXPECTED[file_format]) else f", not {_EXPECTED[file_format]}"
        raise BadInput(f"{path} is {name}{other}; {advice}; no file was taken")


def _kind(start: bytes, file_format: str) -> tuple[str, str] | None:
    """What the file is, and what to do; None if it may be of the format."""
    if start.startswith(_GZIP):
        if file_format == "parquet":
            return "compressed with gzip", "decompress it: Parquet has a compression of its own"
        return "compressed twice with gzip", "decompress it once"
    for signature, name, advice in _SIGNATURES:
        if signature.match(start):
            return name, advice
    if width := _character_width(start[:_CHECKED_BYTES]):
        return f"UTF-{width} text without a byte order mark", _TO_TEXT
    return _text_kind(start.decode("utf-8-sig", errors="replace"), file_format)


def _character_width(start: bytes) -> int | None:
    """32 or 16 if the text is in UTF-32 or UTF-16: its line feeds and Latin letters have zero bytes at fixed places."""
    if len(start) < 2 * _MIN_CHARACTERS:
        return None
    quarters = [start[place::4] for place in range(4)]
    for low, high in ((quarters[:2], quarters[2:]), (quarters[2:], quarters[:2])):
        if not any(map(any, high)) and any(map(any, low)):
            return 32
    for first in (0, 1):
        zeros, others = start[first::2], start[1 - first :: 2]
        is_latin = zeros.count(0) > 0.9 * len(zeros) and others.count(0) < 0.1 * len(others)
        # Other scripts: each line feed has its zero byte, and no other byte is a line feed or zero by itself.
        feeds = [place for place, byte in enumerate(others[: len(zeros)]) if byte == _LINE_FEED]
        is_in_pairs = 0 not in others and _LINE_FEED not in zeros and not any(zeros[place] for place in feeds)
        if is_latin or (is_in_pairs and len(feeds) > 0 and zeros.count(0) > _MIN_ZEROS):
            return 16
    return None


def _text_kind(text: str, file_format: str) -> tuple[str, str] | None:
    if _MARKUP.match(text):
        return "an HTML or XML document", "perhaps an error page was saved; deliver its data as CSV"
    if _SQL.match(text):
        return "an SQL script", _EXPORT
    line = next((line for line in text.splitlines() if line.strip()), "")
    if file_format == "json":
        return _json_kind(text, line)
    if _JSON_START.match(line):
        return "JSON", "name it .json if it has one object per line"
    if file_format == "parquet":
        return ("text", "name it .csv if it is CSV") if line and not set(text) & _UNREADABLE else None
    if match := _EXCEL_HINT.match(line):
        named, delimiter = ("\\t" if sign == "\t" else sign for sign in (match[1], match[2] or match[1]))
        return (
            f"CSV that begins with Excel's line sep={named}",
            f"remove that line and use --delimiter '{delimiter}'",
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
    if line and "{" not in text and not set(text) & _UNREADABLE:
        return "text", "name it .csv if it is CSV"
    return None


def _spans_lines(text: str) -> bool:
    """Whether the first object of the text is valid JSON that has a line break."""
    with suppress(ValueError):
        return "\n" in text[: json.JSONDecoder().raw_decode(text)[1]]
    return False
