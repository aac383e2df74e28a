"""Read the header of a file and check it against the columns of a raw table."""

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import permutations

from jobs.runtime.errors import BadInput
from jobs.runtime.option_types import suggest
from jobs.runtime.storage.listing import open_file
from schemas.table import OTHER_COLUMNS, Table

_MAX_HEADER_BYTES = 1 << 16
_MAX_SUGGESTED_FIELDS = 9


@dataclass(frozen=True)
class Header:
    """The field names of a file, in order, and its header `line`; None if the file has none."""

    line: str | None
    fields: tuple[str, ...]


EMPTY = Header("", ())


def read_header(path: str, file_format: str, delimiter: str) -> Header:
    """The header of a CSV or Parquet file."""
    return _read_parquet_header(path) if file_format == "parquet" else read_csv_header(path, delimiter)


def read_csv_header(path: str, delimiter: str) -> Header:
    """The first non-blank line of the file, split into fields."""
    start = _read_start(path)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path} is UTF-16; write it as UTF-8")
    text = start.decode("utf-8-sig", errors="replace")
    line = next((line for line in re.split(r"\r\n|\n|\r", text) if line.strip()), "")
    return Header(line, tuple(field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])))


def _read_parquet_header(path: str) -> Header:
    """The columns of the file. The line is the schema with types: files with different types are read separately."""
    import pyarrow
    from pyarrow import parquet

    try:
        with open_file(path) as stream:
            schema = parquet.read_schema(stream)
    except (OSError, pyarrow.ArrowException) as error:
        raise damaged_file_error(path, error) from error
    nanosecond_columns = [
        field.name for field in schema if pyarrow.types.is_timestamp(field.type) and field.type.unit == "ns"
    ]
    if nanosecond_columns:
        raise BadInput(
            f"{path} holds times in nanoseconds ({', '.join(nanosecond_columns)}), which Spark cannot read; "
            "write them in microseconds"
        )
    return Header(str(schema.remove_metadata()), tuple(schema.names))


def read_parquet_types(path: str) -> dict[str, str]:
    """The Spark type of each column of a Parquet file. Raises BadInput for a type that is not supported."""
    import pyarrow
    from pyarrow import parquet
    from pyspark.errors import PySparkTypeError
    from pyspark.sql.pandas.types import from_arrow_type

    def spark_type(field: pyarrow.Field) -> str:
        if pyarrow.types.is_unsigned_integer(field.type):
            return {8: "int", 16: "int", 32: "bigint", 64: "decimal(20,0)"}[field.type.bit_width]
        with suppress(PySparkTypeError):
            if not pyarrow.types.is_nested(field.type):
                return from_arrow_type(field.type).simpleString().removesuffix("_ntz")
        raise BadInput(
            f"{path} has column {field.name} as {field.type}, which is not supported; no file was taken; "
            "write the column as text"
        )

    with open_file(path) as stream:
        return {field.name: spark_type(field) for field in parquet.read_schema(stream)}


def check_header(
    path: str, header: Header, table: Table, source_fields: Mapping[str, str], drift: Mapping[str, str]
) -> list[str]:
    """Check the columns of a file and return warnings about missing optional and unexpected ones.

    Raises BadInput if a required column is missing, or if `drift` is `fail` for a difference. A header without a line
    holds the keys of JSON objects: each row may omit some, so rows without a required key are rejected one by one.
    """
    missing = [name for name in source_fields if source_fields[name] not in header.fields]
    unexpected = [field for field in header.fields if field not in source_fields.values()]
    if header.line is not None:
        _check_line(path, header.fields, table, source_fields, missing, unexpected)
    for kind, names in (("missing", missing), ("added", unexpected)):
        if names and drift.get(kind) == "fail":
            raise BadInput(
                f"{path} has columns {kind}: {', '.join(names)}, and --drift sets {kind}=fail; no file was taken"
            )
    missing_warnings = [f"{path}: no column {name}, read as NULL{suggest(name, unexpected)}" for name in missing]
    return (
        missing_warnings
        if OTHER_COLUMNS in table.columns
        else missing_warnings + [f"{path}: column {name} is not read" for name in unexpected]
    )


def _check_line(
    path: str,
    fields: Sequence[str],
    table: Table,
    source_fields: Mapping[str, str],
    missing: Sequence[str],
    unexpected: Sequence[str],
) -> None:
    is_header = bool(set(fields) & set(source_fields.values()))
    if not is_header and any(re.match(r"\d", field) for field in fields):
        raise BadInput(
            f"{path} begins with data, not with a header; use --no_header if its columns are {','.join(source_fields)}"
        )
    # Do not print a line that may hold personal data.
    is_printable = is_header or not table.pii
    description = list(fields) if is_printable else f"{len(fields)} fields, none with these names"
    if len(set(fields)) < len(fields):
        raise BadInput(f"{path} has a duplicate column in its header: {description}")
    if set(missing) & set(table.required):
        delimiters = [character for character in ";\t|" if len(fields) == 1 and character in fields[0]]
        hint = (
            f"; if it has another delimiter: --delimiter '{delimiters[0]}'"
            if delimiters
            else _suggest_columns(missing, unexpected)
            if is_printable
            else ""
        )
        raise BadInput(f"{path} lacks {missing}; it has {description}{hint}")


def _suggest_columns(missing: Sequence[str], unexpected: Sequence[str]) -> str:
    """A --columns option that maps the missing names to unexpected fields, with the highest total similarity."""
    similarity = {(name, field): SequenceMatcher(None, name, field).ratio() for name in missing for field in unexpected}
    candidates = sorted(unexpected, key=lambda field: max(similarity[name, field] for name in missing))
    candidates = candidates[-_MAX_SUGGESTED_FIELDS:]
    if not candidates:
        return ""
    fields = [*candidates, *[""] * (len(missing) - len(candidates))]
    best = max(
        permutations(fields, len(missing)),
        key=lambda order: sum(similarity.get(pair, 0) for pair in zip(missing, order, strict=True)),
    )
    pairs = ",".join(f"{name}={field}" for name, field in zip(missing, best, strict=True) if field)
    return f"; if these columns have other names: --columns {pairs}"


def _read_start(path: str) -> bytes:
    try:
        with open_file(path) as raw, gzip.open(raw) if path.endswith(".gz") else raw as stream:
            start: bytes = stream.read(_MAX_HEADER_BYTES)
            return start
    except (OSError, EOFError, zlib.error) as error:
        raise damaged_file_error(path, error) from error


def damaged_file_error(path: str, reason: object) -> BadInput:
    return BadInput(f"{path} is damaged: {reason}; no file was taken; repair or remove it and run again")
