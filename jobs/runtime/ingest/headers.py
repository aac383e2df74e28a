"""Read the header of a file and check it against the columns of a raw table."""

import csv
import io
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.column_suggestions import suggest_columns
from jobs.runtime.ingest.detect_formats import read_start
from jobs.runtime.ingest.magic_bytes import require_kind
from jobs.runtime.ingest.parquet_files import ParquetColumn, read_columns
from jobs.runtime.option_types import suggest
from jobs.runtime.wording import count
from schemas.table import OTHER_COLUMNS, Table

_DELIMITERS = {";": ";", "\\t": "\t", "|": "|"}  # as written in the option
_PARQUET = "Parquet"
_MAX_FIELDS_SHOWN, _MAX_NAME_SHOWN = 40, 60
_MAX_UNREADABLE = 0.25


@dataclass(frozen=True)
class Header:
    """The field names of a file, in order, and its header `line`; None if the file has none.

    `parquet` are the columns of a Parquet file.
    """

    line: str | None
    fields: tuple[str, ...]
    parquet: tuple[ParquetColumn, ...] = ()

    def with_names(self, names: Collection[str]) -> "Header":
        """The header of a CSV file, with those of `names` that look the same as one of its fields."""
        missing = {_visible(name): name for name in names if name not in self.fields}
        fields = (field if field in names else missing.pop(_visible(field), field) for field in self.fields)
        return replace(self, fields=tuple(fields))


EMPTY = Header("", ())


def read_header(path: str, file_format: str, delimiter: str, *, multi_line: bool = False) -> Header:
    """The header of a CSV or Parquet file. With `multi_line` fields of CSV may have line breaks."""
    if file_format != "parquet":
        return read_csv_header(path, delimiter, multi_line=multi_line)
    columns = tuple(read_columns(path))
    return Header(_PARQUET, tuple(column.name for column in columns), columns)


def require_readable(path: str, header: Header, fields: Collection[str]) -> None:
    """Raises BadInput if Spark cannot read one of the fields from a Parquet file, or cannot open the file."""
    for column in header.parquet:
        if column.blocks_file or (column.unreadable and column.name in fields):
            name = f" {column.name}" if column.name else ""
            raise BadInput(f"{path} has column{name} {column.unreadable}; no file was taken; {column.advice}")


def read_csv_header(path: str, delimiter: str, *, multi_line: bool = False) -> Header:
    """The first line of the file that is not blank, or with `multi_line` the first record, split into fields.

    As in Spark, a field without a name is _c<position>.
    """
    start = read_start(path)
    require_kind(path, start, "csv")
    text = start.decode("utf-8-sig", errors="replace")
    lines = list(itertools.dropwhile(str.isspace, io.StringIO(text, newline="")))
    reader = csv.reader(lines if multi_line else lines[:1], delimiter=delimiter)
    fields = next(reader, [])
    read = "".join(lines[: reader.line_num])
    if multi_line and read.endswith("\r"):
        raise BadInput(f"{path} has lines that end in CR alone; with --multi_line, they must end in LF or CRLF")
    line = read.rstrip("\r\n")
    return Header(line, tuple(field.strip() or f"_c{position}" for position, field in enumerate(fields)))


def check_header(
    path: str, header: Header, table: Table, source_fields: Mapping[str, str], drift: Mapping[str, str]
) -> list[str]:
    """Check the columns of a file and return warnings about missing optional and unexpected ones.

    Raises BadInput if a required column is missing, or if `drift` is `fail` for a difference. A header without a line
    holds the keys of JSON objects: each row may omit some, so rows without a required key are rejected one by one.
    """
    missing = [name for name in source_fields if source_fields[name] not in header.fields]
    unexpected = [field for field in header.fields if field not in source_fields.values()]
    require_readable(path, header, source_fields.values())
    if header.line is not None:
        _check_line(path, header.fields, table, source_fields, missing, unexpected)
    for kind, names in (("missing", missing), ("added", unexpected)):
        if names and drift.get(kind) == "fail":
            raise BadInput(
                f"{path} has columns {kind}: {', '.join(names)}, and --drift sets {kind}=fail; no file was taken"
            )
    missing_warnings = [f"{path}: no column {name}, read as NULL{suggest(name, unexpected)}" for name in missing]
    if OTHER_COLUMNS in table.columns or not unexpected:
        return [*missing_warnings, *_lost_columns(path, header, source_fields.values())]
    is_one = len(unexpected) == 1
    shown = ", ".join(unexpected[:_MAX_FIELDS_SHOWN]) + _and_more(unexpected)
    return [*missing_warnings, f"{path}: column{'' if is_one else 's'} {shown} {'is' if is_one else 'are'} not read"]


def _lost_columns(path: str, header: Header, fields: Collection[str]) -> list[str]:
    """Warnings about columns that other_columns would have, if Spark could read them."""
    lost = [column for column in header.parquet if column.unreadable and column.name not in fields]
    return [
        f"{path}: column {column.name or '(no name)'} {column.unreadable}, is not kept; {column.advice}"
        for column in lost
    ]


def _check_line(
    path: str,
    fields: Sequence[str],
    table: Table,
    source_fields: Mapping[str, str],
    missing: Sequence[str],
    unexpected: Sequence[str],
) -> None:
    is_header = bool(set(fields) & set(source_fields.values()))
    if not is_header:
        _require_names(path, fields, source_fields)
    # Do not print a line that may hold personal data.
    is_printable = is_header or not table.pii
    description = _describe(fields) if is_printable else f"{count(len(fields), 'field')}, none with these names"
    if repeated := sorted(field for field, times in Counter(fields).items() if times > 1):
        duplicate = _describe(repeated) if is_printable else description
        raise BadInput(f"{path} has a duplicate column in its header: {duplicate}")
    if set(missing) & set(table.required):
        hint = _delimiter_hint(fields)
        if not hint and is_printable:
            hint = suggest_columns(list(source_fields), table.required, missing, unexpected)
        raise BadInput(f"{path} lacks {missing}; it has {description}{hint}")


def _require_names(path: str, fields: Sequence[str], source_fields: Mapping[str, str]) -> None:
    """Raises BadInput if the fields, of which none is known, cannot be the names of columns."""
    characters = Counter("".join(fields))
    if characters["\ufffd"] + characters["\0"] > _MAX_UNREADABLE * characters.total():
        raise BadInput(f"{path} begins with bytes that are not text in UTF-8; save it as CSV in UTF-8")
    if any(re.match(r"\d", field) for field in fields):
        columns, needed = ",".join(source_fields), len(source_fields)
        hint = _delimiter_hint(fields) or (
            f"; use --no_header if its columns are {columns}"
            if len(fields) == needed
            else f"; it has {count(len(fields), 'field')}, and a file without a header needs {needed}: {columns}"
        )
        raise BadInput(f"{path} begins with data, not with a header{hint}")


def _delimiter_hint(fields: Sequence[str]) -> str:
    """The first delimiter that a line of one field has."""
    delimiters = [name for name, sign in _DELIMITERS.items() if len(fields) == 1 and sign in fields[0]]
    return f"; if it has another delimiter: --delimiter '{delimiters[0]}'" if delimiters else ""


def _visible(name: str) -> str:
    """The name in Unicode's form NFC, without characters that are not seen."""
    seen = "".join(character for character in name if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFC", seen).strip()


def _describe(fields: Sequence[str]) -> str:
    """The field names, without control characters, as far as a person reads them."""
    shown = [field[:_MAX_NAME_SHOWN] for field in fields[:_MAX_FIELDS_SHOWN]]
    return f"{shown}{_and_more(fields)}"


def _and_more(fields: Sequence[str]) -> str:
    return f" and {len(fields) - _MAX_FIELDS_SHOWN:,} more" if len(fields) > _MAX_FIELDS_SHOWN else ""
