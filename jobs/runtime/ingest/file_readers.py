"""Read delivered files as rows of a raw table: CSV, JSON lines and Parquet, plain or gzipped."""

import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.ingest.detect_formats import damaged_file_error, detect_formats, format_of
from jobs.runtime.ingest.headers import EMPTY, Header, check_header, read_header
from jobs.runtime.ingest.parquet_files import nanosecond_columns, read_parquet
from jobs.runtime.ingest.row_numbers import number_rows
from jobs.runtime.spark.unions import union_of
from jobs.runtime.storage.listing import File, open_file
from jobs.runtime.wording import count
from schemas.table import OTHER_COLUMNS, Table
from transforms.csv_records import csv_records
from transforms.parquet_rows import parquet_rows
from transforms.raw_rows import csv_rows, json_rows, source_file

_MAX_THREADS = 16


@dataclass(frozen=True)
class ReadResult:
    """The rows of some files, and warnings for the user."""

    rows: DataFrame
    warnings: list[str]


@dataclass(frozen=True)
class Reader:
    """Reads files into the columns of the raw `table`. The other fields are the options of the same names."""

    spark: SparkSession
    table: Table
    columns: Mapping[str, str]
    delimiter: str
    no_header: bool
    multi_line: bool
    drift: Mapping[str, str] = field(default_factory=dict)

    def read(self, files: Sequence[File]) -> ReadResult:
        """Read the rows of `files`.

        Raises BadInput if a file is damaged or does not have the expected format or columns, NoRows if all are empty.
        """
        unknown = set(self.columns) - self.source_fields.keys()
        if unknown:
            raise BadInput(f"--columns names {sorted(unknown)}; {self.table.name} has {list(self.source_fields)}")
        formats = detect_formats([file for file in files if file.bytes])
        headers = self._headers(formats)
        empty = [file.path for file in files if file.path not in headers or headers[file.path] == EMPTY]
        if len(empty) == len(files):
            raise NoRows(f"nothing to read: {count(len(files), 'empty file')}, such as {empty[0]}")
        warnings: list[str] = []
        groups: dict[Header | None, list[str]] = {}
        for path in (file.path for file in files if file.path not in empty):
            header = self._check_header(path, formats[path], headers[path], warnings)
            groups.setdefault(header, []).append(path)
        frames = [self._read_group(header, paths) for header, paths in groups.items()]
        return ReadResult(union_of(frames), warnings)

    def parse_lines(self, lines: DataFrame, paths: Sequence[str]) -> DataFrame:
        """Parse single `lines` (line, source_file) of the files `paths`, as a rejected table stores them.

        A row of a Parquet file is stored as JSON.
        """
        groups: dict[Header | None, list[str]] = {}
        for path in paths:
            header = Header(None, tuple(self.source_fields.values())) if format_of(path) == "csv" else None
            header = self._read_header(path, "csv") if self.needs_header(path) else header
            groups.setdefault(header, []).append(path)
        return union_of(
            [
                self._parse(lines.filter(F.col("source_file").isin(*members)), header)
                for header, members in groups.items()
            ]
        )

    def needs_header(self, path: str) -> bool:
        """Whether the lines of the file can only be parsed with its header."""
        return format_of(path) == "csv" and not self.no_header

    @property
    def source_fields(self) -> dict[str, str]:
        """Column of the table -> field of the files, without `other_columns`."""
        return {name: self.columns.get(name, name) for name in self.table.names if name != OTHER_COLUMNS.name}

    def _headers(self, formats: Mapping[str, str]) -> dict[str, Header | None]:
        """The header of each file; None for a JSON file without an object."""
        with ThreadPoolExecutor(_MAX_THREADS) as pool:
            with_header = [path for path, file_format in formats.items() if file_format != "json"]
            headers: dict[str, Header | None] = dict(
                zip(
                    with_header,
                    pool.map(lambda path: self._read_header(path, formats[path]), with_header),
                    strict=True,
                )
            )
        return headers | self._json_keys([path for path in formats if path not in headers])

    def _read_header(self, path: str, file_format: str) -> Header:
        header = read_header(path, file_format, self.delimiter, multi_line=self.multi_line)
        return header if header.parquet else header.with_names(self.source_fields.values())

    def _json_keys(self, paths: Sequence[str]) -> dict[str, Header | None]:
        """The union of the keys of all objects in each JSON lines file; None for a file without an object."""
        if not paths:
            return {}
        line = F.regexp_replace("value", "\\A\ufeff", "")
        lines = self.spark.read.text([escape_glob(path) for path in paths]).select(
            source_file_column().alias("path"), F.explode(F.json_object_keys(line)).alias("key")
        )
        keys = {
            row.path: Header(None, tuple(row.fields))
            for row in lines.groupBy("path").agg(F.sort_array(F.collect_set("key")).alias("fields")).collect()
        }
        return {path: keys.get(path) for path in paths}

    def _check_header(self, path: str, file_format: str, header: Header | None, warnings: list[str]) -> Header | None:
        """The header to parse the file with. Appends warnings about its columns."""
        if self.no_header and file_format == "csv":
            return Header(None, tuple(self.source_fields.values()))
        if header:
            warnings += check_header(path, header, self.table, self.source_fields, self.drift)
        return None if file_format == "json" else header

    def _read_group(self, header: Header | None, paths: list[str]) -> DataFrame:
        """Read files that have the same header; JSON files have none."""
        if header and header.parquet:
            names, escaped = self.table.names, [escape_glob(path) for path in paths]
            rows = read_parquet(self.spark, escaped, header.parquet).withColumn("source_file", source_file_column())
            return parquet_rows(rows, names, columns=self.source_fields, nanoseconds=nanosecond_columns(header.parquet))
        if header and self.multi_line:
            return self._parse(read_records(self.spark, paths, self.delimiter).drop("row_no"), header)
        return self._parse(read_lines(self.spark, paths), header)

    def _parse(self, lines: DataFrame, header: Header | None) -> DataFrame:
        if header is None:
            return json_rows(lines, self.table.names, columns=self.source_fields)
        return csv_rows(
            lines,
            self.table.names,
            header=header.fields,
            header_line=header.line,
            columns=self.source_fields,
            delimiter=self.delimiter,
        )


def read_lines(spark: SparkSession, paths: Sequence[str], line_end: str | None = None) -> DataFrame:
    """The lines of text files: line, source_file, and `block` for number_rows.

    Without `line_end`, each of \\n, \\r and both ends a line.
    """
    reader = spark.read.option("lineSep", line_end) if line_end else spark.read
    return reader.text([escape_glob(path) for path in paths]).select(
        F.col("value").alias("line"),
        source_file_column().alias("source_file"),
        F.col("_metadata.file_block_start").alias("block"),
    )


def read_records(spark: SparkSession, paths: Sequence[str], delimiter: str) -> DataFrame:
    """The records of CSV files, as from csv_records."""
    return csv_records(number_rows(read_lines(spark, paths, "\n")), delimiter)


def find_damaged_file(files: Sequence[File], error: Exception) -> BadInput | None:
    """The error to report for the file on which Spark failed with `error`; None if no file is the cause."""
    for file in files:
        if file.path.endswith(".gz"):
            # Spark does not name the file when a gzip stream is truncated.
            try:
                with open_file(file.path) as raw, gzip.open(raw) as stream:
                    while stream.read(1 << 20):
                        pass
            except (OSError, EOFError, zlib.error) as gzip_error:
                return damaged_file_error(file.path, gzip_error)
    path = next((file.path for file in files if file.path in unquote(str(error))), None)
    reasons = re.findall(r"(?:Caused by: [\w.$]+: |RuntimeException: )([^\n]+)", str(error))
    return damaged_file_error(path, reasons[-1] if reasons else "it cannot be read") if path else None


def check_file_sizes(files: Sequence[File], limit: int | None) -> None:
    """Raises BadInput if a file has more than `limit` bytes, as it is or decompressed. None is no limit."""
    if limit is None:
        return
    for file in files:
        if max(file.bytes, _decompressed_size(file.path, limit) if file.path.endswith(".gz") else 0) > limit:
            raise BadInput(
                f"{file.path} holds more than --max_file_bytes {limit}; no file was taken; "
                "remove the file from the input or raise the limit"
            )


def _decompressed_size(path: str, limit: int) -> int:
    """The decompressed size of a gzip file; counting stops above `limit`. Damage is reported when the file is read."""
    size = 0
    with suppress(OSError, EOFError, zlib.error), open_file(path) as raw, gzip.open(raw) as stream:
        while size <= limit and (block := stream.read(1 << 20)):
            size += len(block)
    return size


def source_file_column() -> Column:
    return source_file(F.col("_metadata.file_path"))


def escape_glob(path: str) -> str:
    """The path with all characters escaped that Hadoop treats as part of a glob."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)
