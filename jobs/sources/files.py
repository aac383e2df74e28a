"""Delivered files as the rows of a raw table: CSV, JSON lines and Parquet, plain or gzipped."""

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import reduce
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.parameters import nearest
from jobs.runtime.errors import BadInput, NoRows
from jobs.sources.places import File, opened
from schemas.table import Table
from transforms.raw_rows import csv_options, csv_records, csv_rows, csv_schema, json_rows, parquet_rows, source_file

_FORMATS = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}
_GZIP = b"\x1f\x8b"
_LONGEST_HEADER = 1 << 16
_MOST_OFFERED = 9
_AT_ONCE = 16


@dataclass(frozen=True)
class Reading:
    """The rows of some files, and what to tell the person."""

    rows: DataFrame
    warnings: list[str]


@dataclass(frozen=True)
class _Header:
    line: str | None
    fields: tuple[str, ...]


_EMPTY = _Header("", ())


@dataclass(frozen=True)
class Reader:
    """Files into the columns of the raw `table`; the other words are those of the options."""

    spark: SparkSession
    table: Table
    columns: Mapping[str, str]
    delimiter: str
    no_header: bool
    multi_line: bool

    def read(self, files: Sequence[File]) -> Reading:
        """The rows of `files`. Raises BadInput for a file that is not what it seems, NoRows where all are empty."""
        unknown = set(self.columns) - set(self.table.names)
        if unknown:
            raise BadInput(f"--columns names {sorted(unknown)}; {self.table.name} has {self.table.names}")
        filled = [file for file in files if file.bytes]
        with ThreadPoolExecutor(_AT_ONCE) as pool:  # a bucket answers each question only after a while
            kinds = {file.path: kind for file, kind in zip(filled, pool.map(_kind, filled), strict=True)}
            headers = dict(zip(kinds, pool.map(lambda path: _header(path, kinds[path], self.delimiter), kinds), strict=True))
        empty = [file.path for file in files if file.path not in headers or headers[file.path] == _EMPTY]
        if len(empty) == len(files):
            raise NoRows(f"all {len(files)} files are empty, such as {empty[0]}")
        warnings: list[str] = []
        groups: dict[tuple[str, _Header | None], list[str]] = {}
        for path in (file.path for file in files if file.path not in empty):
            header = self._judged(path, kinds[path], headers[path], warnings)
            groups.setdefault((kinds[path], header), []).append(path)
        frames = [self._rows(kind, header, paths) for (kind, header), paths in groups.items()]
        return Reading(reduce(DataFrame.unionByName, frames), warnings)

    def lines(self, lines: DataFrame, paths: Sequence[str]) -> DataFrame:
        """The rows of single `lines` (line, source_file) of files, as a rejected table keeps them; a row of Parquet is JSON there."""
        groups: dict[_Header | None, list[str]] = {}
        for path in paths:
            header = _Header(None, tuple(self.theirs.values())) if _format(path) == "csv" else None
            groups.setdefault(_first_line(path, self.delimiter) if self.needs_header(path) else header, []).append(path)
        return reduce(DataFrame.unionByName, [self._parsed(lines.filter(F.col("source_file").isin(*of)), header) for header, of in groups.items()])

    def needs_header(self, path: str) -> bool:
        """Whether a line of the file says nothing without the first one."""
        return _format(path) == "csv" and not self.no_header

    @property
    def theirs(self) -> dict[str, str]:
        """Our names -> those of the files."""
        return {name: self.columns.get(name, name) for name in self.table.names}

    def _judged(self, path: str, kind: str, header: _Header | None, warnings: list[str]) -> _Header | None:
        if self.no_header and kind == "csv":
            return _Header(None, tuple(self.theirs.values()))
        if header:
            warnings += _judge_header(path, header, self.table, self.theirs)
        return header

    def _rows(self, kind: str, header: _Header | None, paths: list[str]) -> DataFrame:
        names, literal = self.table.names, [_literal(path) for path in paths]
        if kind == "parquet":
            return parquet_rows(self.spark.read.parquet(*literal).withColumn("source_file", _path()), names, columns=self.theirs)
        if header and self.multi_line:
            options: dict[str, Any] = {**csv_options(self.delimiter), "header": header.line is not None, "multiLine": True}
            records = self.spark.read.schema(csv_schema(header.fields)).options(**options).csv(literal).withColumn("source_file", _path())
            return csv_records(records, names, header=header.fields, columns=self.theirs, delimiter=self.delimiter)
        return self._parsed(self.spark.read.text(literal).select(F.col("value").alias("line"), _path().alias("source_file")), header)

    def _parsed(self, lines: DataFrame, header: _Header | None) -> DataFrame:
        if header is None:
            return json_rows(lines, self.table.names, columns=self.theirs)
        return csv_rows(lines, self.table.names, header=header.fields, header_line=header.line, columns=self.theirs, delimiter=self.delimiter)


def damaged(files: Sequence[File], error: Exception) -> BadInput | None:
    """The file at which Spark stopped with `error`, or None when that was something else."""
    for file in files:
        if file.path.endswith(".gz"):
            # Spark does not say in which file a gzip stream ends too early.
            try:
                with opened(file.path) as raw, gzip.open(raw) as stream:
                    while stream.read(1 << 20):
                        pass
            except (OSError, EOFError, zlib.error) as broken:
                return _damaged(file.path, broken)
    named = next((file.path for file in files if file.path in unquote(str(error))), None)
    reasons = re.findall(r"(?:Caused by: [\w.$]+: |RuntimeException: )([^\n]+)", str(error))
    return _damaged(named, reasons[-1] if reasons else "it cannot be read") if named else None


def _damaged(path: str, why: object) -> BadInput:
    return BadInput(f"{path} is damaged: {why}; nothing was taken, mend or remove it and run again")


def _kind(file: File) -> str:
    # Spark knows gzip by the end .gz only, not .GZ.
    is_gzip = file.path.endswith(".gz")
    with opened(file.path) as stream:
        has_gzip_bytes = stream.read(2) == _GZIP
    if file.bytes and is_gzip != has_gzip_bytes:
        raise BadInput(f"{file.path} is {'gzip but not named .gz' if has_gzip_bytes else 'named .gz but is no gzip'}; rename it")
    return _format(file.path)


def _format(path: str) -> str:
    return _FORMATS.get(Path(path.removesuffix(".gz")).suffix.lower(), "csv")


def _header(path: str, kind: str, delimiter: str) -> _Header | None:
    """What a file says of its columns; nothing for JSON."""
    return None if kind == "json" else _parquet_header(path) if kind == "parquet" else _first_line(path, delimiter)


def _first_line(path: str, delimiter: str) -> _Header:
    try:
        with opened(path) as raw, gzip.open(raw) if path.endswith(".gz") else raw as stream:
            start = stream.read(_LONGEST_HEADER)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, error) from error
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path} is UTF-16; write it as UTF-8")
    text = start.decode("utf-8-sig", errors="replace")
    line = next((line for line in re.split(r"\r\n|\n|\r", text) if line.strip()), "")
    return _Header(line, tuple(field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])))


def _parquet_header(path: str) -> _Header:
    """The columns of the file; with their types as its line, so that files of other types are read apart."""
    import pyarrow
    from pyarrow import parquet

    try:
        with opened(path) as stream:
            schema = parquet.read_schema(stream)
    except (OSError, pyarrow.ArrowException) as error:
        raise _damaged(path, error) from error
    too_fine = [field.name for field in schema if pyarrow.types.is_timestamp(field.type) and field.type.unit == "ns"]
    if too_fine:
        raise BadInput(f"{path} holds times in nanoseconds ({', '.join(too_fine)}), which Spark cannot read; write them in microseconds")
    return _Header(str(schema.remove_metadata()), tuple(schema.names))


def _judge_header(path: str, header: _Header, table: Table, theirs: Mapping[str, str]) -> list[str]:
    """Warnings about optional and extra columns. Raises BadInput where the file cannot be what was asked for."""
    there = header.fields
    if not set(there) & set(theirs.values()) and any(re.match(r"\d", field) for field in there):
        raise BadInput(f"{path} begins with data, not with a header; use --no_header if its columns are {','.join(table.names)}")
    if len(set(there)) < len(there):
        raise BadInput(f"{path} has a column twice in its header: {', '.join(there)}")
    missing = [name for name in table.names if theirs[name] not in there]
    unexpected = [field for field in there if field not in theirs.values()]
    if set(missing) & set(table.required):
        separators = [sign for sign in ";\t|" if len(there) == 1 and sign in there[0]]
        offer = f"; its fields may be parted otherwise: --delimiter '{separators[0]}'" if separators else _offer(missing, unexpected)
        raise BadInput(f"{path} lacks {missing}; it has {list(there)}{offer}")
    not_there = [f"{path}: no column {name}, taken as NULL{nearest(name, unexpected)}" for name in missing]
    return not_there + [f"{path}: column {field} is not read" for field in unexpected]


def _offer(missing: Sequence[str], unexpected: Sequence[str]) -> str:
    """A ready-made --columns: the missing names with those unexpected ones that are, all together, most like them."""
    likeness = {(name, field): SequenceMatcher(None, name, field).ratio() for name in missing for field in unexpected}
    likest = sorted(unexpected, key=lambda field: max(likeness[name, field] for name in missing))[-_MOST_OFFERED:]
    if not likest:
        return ""
    fields = [*likest, *[""] * (len(missing) - len(likest))]
    best = max(permutations(fields, len(missing)), key=lambda order: sum(likeness.get(pair, 0) for pair in zip(missing, order, strict=True)))
    pairs = ",".join(f"{name}={field}" for name, field in zip(missing, best, strict=True) if field)
    return f"; if they are the same under other names: --columns {pairs}"


def _path() -> Column:
    return source_file(F.col("_metadata.file_path"))


def _literal(path: str) -> str:
    """The path with everything escaped that Hadoop would read as a glob."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)
