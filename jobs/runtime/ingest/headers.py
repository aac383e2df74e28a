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
from jobs.runtime.option_types import nearest
from jobs.runtime.storage.listing import opened
from schemas.table import OTHER_COLUMNS, Table

_LONGEST_HEADER = 1 << 16
_MOST_OFFERED = 9


@dataclass(frozen=True)
class Header:
    """The names of the columns, in their order, and the `line` in which they stand, if they do."""

    line: str | None
    fields: tuple[str, ...]


EMPTY = Header("", ())


def header_of(path: str, kind: str, delimiter: str) -> Header:
    """What a file of CSV or Parquet says of its columns."""
    return _parquet_header(path) if kind == "parquet" else first_line(path, delimiter)


def first_line(path: str, delimiter: str) -> Header:
    start = _start(path)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path} is UTF-16; write it as UTF-8")
    text = start.decode("utf-8-sig", errors="replace")
    line = next((line for line in re.split(r"\r\n|\n|\r", text) if line.strip()), "")
    return Header(line, tuple(field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])))


def _parquet_header(path: str) -> Header:
    """The columns of the file; with their types as its line, so that files of other types are read apart."""
    import pyarrow
    from pyarrow import parquet

    try:
        with opened(path) as stream:
            schema = parquet.read_schema(stream)
    except (OSError, pyarrow.ArrowException) as error:
        raise damaged_file(path, error) from error
    too_fine = [one.name for one in schema if pyarrow.types.is_timestamp(one.type) and one.type.unit == "ns"]
    if too_fine:
        raise BadInput(
            f"{path} holds times in nanoseconds ({', '.join(too_fine)}), which Spark cannot read; write them in microseconds"
        )
    return Header(str(schema.remove_metadata()), tuple(schema.names))


def types_of(path: str) -> dict[str, str]:
    """The types of the columns of a Parquet file, in Spark's words."""
    import pyarrow
    from pyarrow import parquet
    from pyspark.errors import PySparkTypeError
    from pyspark.sql.pandas.types import from_arrow_type

    def type_of(field: pyarrow.Field) -> str:
        if pyarrow.types.is_unsigned_integer(field.type):
            return {8: "int", 16: "int", 32: "bigint", 64: "decimal(20,0)"}[field.type.bit_width]
        with suppress(PySparkTypeError):
            if not pyarrow.types.is_nested(field.type):
                return from_arrow_type(field.type).simpleString().removesuffix("_ntz")
        raise BadInput(
            f"{path} has column {field.name} as {field.type}, for which there is no type here; nothing was taken: write it as text"
        )

    with opened(path) as stream:
        return {field.name: type_of(field) for field in parquet.read_schema(stream)}


def judge_header(
    path: str, header: Header, table: Table, theirs: Mapping[str, str], drift: Mapping[str, str]
) -> list[str]:
    """Warnings about optional and extra columns. Raises BadInput where the file cannot be what was asked for, or `drift` says fail.

    A header without a line is that of JSON: each row may leave some keys out, so that one that lacks a required one is rejected by itself.
    """
    missing = [name for name in theirs if theirs[name] not in header.fields]
    unexpected = [field for field in header.fields if field not in theirs.values()]
    if header.line is not None:
        _check_line(path, header.fields, table, theirs, missing, unexpected)
    for kind, names in (("missing", missing), ("added", unexpected)):
        if names and drift.get(kind) == "fail":
            raise BadInput(
                f"{path} has columns {kind}: {', '.join(names)}, and --drift says {kind}=fail; nothing was taken"
            )
    not_there = [f"{path}: no column {name}, taken as NULL{nearest(name, unexpected)}" for name in missing]
    return (
        not_there
        if OTHER_COLUMNS in table.columns
        else not_there + [f"{path}: column {name} is not read" for name in unexpected]
    )


def _check_line(
    path: str,
    there: Sequence[str],
    table: Table,
    theirs: Mapping[str, str],
    missing: Sequence[str],
    unexpected: Sequence[str],
) -> None:
    is_header = bool(set(there) & set(theirs.values()))
    if not is_header and any(re.match(r"\d", field) for field in there):
        raise BadInput(
            f"{path} begins with data, not with a header; use --no_header if its columns are {','.join(theirs)}"
        )
    # A first line that may be of a person is not repeated.
    may_tell = is_header or not table.pii
    told = list(there) if may_tell else f"{len(there)} fields, none of them called so"
    if len(set(there)) < len(there):
        raise BadInput(f"{path} has a column twice in its header: {told}")
    if set(missing) & set(table.required):
        separators = [sign for sign in ";\t|" if len(there) == 1 and sign in there[0]]
        offer = (
            f"; its fields may be parted otherwise: --delimiter '{separators[0]}'"
            if separators
            else _offer(missing, unexpected)
            if may_tell
            else ""
        )
        raise BadInput(f"{path} lacks {missing}; it has {told}{offer}")


def _offer(missing: Sequence[str], unexpected: Sequence[str]) -> str:
    """A ready-made --columns: the missing names with those unexpected ones that are, all together, most like them."""
    likeness = {(name, field): SequenceMatcher(None, name, field).ratio() for name in missing for field in unexpected}
    likest = sorted(unexpected, key=lambda field: max(likeness[name, field] for name in missing))[-_MOST_OFFERED:]
    if not likest:
        return ""
    fields = [*likest, *[""] * (len(missing) - len(likest))]
    best = max(
        permutations(fields, len(missing)),
        key=lambda order: sum(likeness.get(pair, 0) for pair in zip(missing, order, strict=True)),
    )
    pairs = ",".join(f"{name}={field}" for name, field in zip(missing, best, strict=True) if field)
    return f"; if they are the same under other names: --columns {pairs}"


def _start(path: str) -> bytes:
    try:
        with opened(path) as raw, gzip.open(raw) if path.endswith(".gz") else raw as stream:
            found: bytes = stream.read(_LONGEST_HEADER)
            return found
    except (OSError, EOFError, zlib.error) as error:
        raise damaged_file(path, error) from error


def damaged_file(path: str, why: object) -> BadInput:
    return BadInput(f"{path} is damaged: {why}; nothing was taken, mend or remove it and run again")
