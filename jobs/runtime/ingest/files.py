"""Delivered files as the rows of a raw table: CSV, JSON lines and Parquet, plain or gzipped."""

import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.ingest.headers import EMPTY, Header, damaged_file, first_line, header_of, judge_header
from jobs.runtime.storage.listing import File, opened
from schemas.table import OTHER_COLUMNS, Table
from transforms.raw_rows import csv_options, csv_records, csv_rows, csv_schema, json_rows, parquet_rows, source_file

_FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
}
_GZIP = b"\x1f\x8b"
_AT_ONCE = 16


@dataclass(frozen=True)
class Reading:
    """The rows of some files, and what to tell the person."""

    rows: DataFrame
    warnings: list[str]


@dataclass(frozen=True)
class Reader:
    """Files into the columns of the raw `table`; the other words are those of the options."""

    spark: SparkSession
    table: Table
    columns: Mapping[str, str]
    delimiter: str
    no_header: bool
    multi_line: bool
    drift: Mapping[str, str] = field(default_factory=dict)

    def read(self, files: Sequence[File]) -> Reading:
        """The rows of `files`. Raises BadInput for a file that is not what it seems, NoRows where all are empty."""
        unknown = set(self.columns) - self.theirs.keys()
        if unknown:
            raise BadInput(f"--columns names {sorted(unknown)}; {self.table.name} has {list(self.theirs)}")
        filled = [file for file in files if file.bytes]
        kinds = kinds_of(filled)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            of_columns = [path for path, kind in kinds.items() if kind != "json"]
            headers: dict[str, Header | None] = dict(
                zip(
                    of_columns,
                    pool.map(lambda path: header_of(path, kinds[path], self.delimiter), of_columns),
                    strict=True,
                )
            )
        headers |= self._keys([path for path in kinds if path not in headers])
        empty = [file.path for file in files if file.path not in headers or headers[file.path] == EMPTY]
        if len(empty) == len(files):
            raise NoRows(f"all {len(files)} files are empty, such as {empty[0]}")
        warnings: list[str] = []
        groups: dict[tuple[str, Header | None], list[str]] = {}
        for path in (file.path for file in files if file.path not in empty):
            header = self._judged(path, kinds[path], headers[path], warnings)
            groups.setdefault((kinds[path], header), []).append(path)
        frames = [self._rows(kind, header, paths) for (kind, header), paths in groups.items()]
        return Reading(reduce(DataFrame.unionByName, frames), warnings)

    def lines(self, lines: DataFrame, paths: Sequence[str]) -> DataFrame:
        """The rows of single `lines` (line, source_file) of files, as a rejected table keeps them; a row of Parquet is JSON there."""
        groups: dict[Header | None, list[str]] = {}
        for path in paths:
            header = Header(None, tuple(self.theirs.values())) if _format(path) == "csv" else None
            groups.setdefault(first_line(path, self.delimiter) if self.needs_header(path) else header, []).append(path)
        return reduce(
            DataFrame.unionByName,
            [self._parsed(lines.filter(F.col("source_file").isin(*of)), header) for header, of in groups.items()],
        )

    def needs_header(self, path: str) -> bool:
        """Whether a line of the file says nothing without the first one."""
        return _format(path) == "csv" and not self.no_header

    @property
    def theirs(self) -> dict[str, str]:
        """Our names -> those of the files; none for the columns of any name."""
        return {name: self.columns.get(name, name) for name in self.table.names if name != OTHER_COLUMNS.name}

    def _keys(self, paths: Sequence[str]) -> dict[str, Header | None]:
        """The keys of all objects in each of these files of JSON lines; nothing of a file that has no object."""
        if not paths:
            return {}
        line = F.regexp_replace("value", "\\A\ufeff", "")
        lines = self.spark.read.text([literal(path) for path in paths]).select(
            path_of().alias("path"), F.explode(F.json_object_keys(line)).alias("key")
        )
        found = {
            row.path: Header(None, tuple(row.fields))
            for row in lines.groupBy("path").agg(F.sort_array(F.collect_set("key")).alias("fields")).collect()
        }
        return {path: found.get(path) for path in paths}

    def _judged(self, path: str, kind: str, header: Header | None, warnings: list[str]) -> Header | None:
        if self.no_header and kind == "csv":
            return Header(None, tuple(self.theirs.values()))
        if header:
            warnings += judge_header(path, header, self.table, self.theirs, self.drift)
        return None if kind == "json" else header

    def _rows(self, kind: str, header: Header | None, paths: list[str]) -> DataFrame:
        names, places = self.table.names, [literal(path) for path in paths]
        if kind == "parquet":
            return parquet_rows(
                self.spark.read.parquet(*places).withColumn("source_file", path_of()), names, columns=self.theirs
            )
        if header and self.multi_line:
            options: dict[str, Any] = {
                **csv_options(self.delimiter),
                "header": header.line is not None,
                "multiLine": True,
            }
            records = (
                self.spark.read.schema(csv_schema(header.fields))
                .options(**options)
                .csv(places)
                .withColumn("source_file", path_of())
            )
            return csv_records(records, names, header=header.fields, columns=self.theirs, delimiter=self.delimiter)
        return self._parsed(
            self.spark.read.text(places).select(F.col("value").alias("line"), path_of().alias("source_file")), header
        )

    def _parsed(self, lines: DataFrame, header: Header | None) -> DataFrame:
        if header is None:
            return json_rows(lines, self.table.names, columns=self.theirs)
        return csv_rows(
            lines,
            self.table.names,
            header=header.fields,
            header_line=header.line,
            columns=self.theirs,
            delimiter=self.delimiter,
        )


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
                return damaged_file(file.path, broken)
    named = next((file.path for file in files if file.path in unquote(str(error))), None)
    reasons = re.findall(r"(?:Caused by: [\w.$]+: |RuntimeException: )([^\n]+)", str(error))
    return damaged_file(named, reasons[-1] if reasons else "it cannot be read") if named else None


def refuse_larger(files: Sequence[File], most: int | None) -> None:
    """Raises BadInput for a file that holds more bytes than `most`, unpacked."""
    if most is None:
        return
    for file in files:
        if max(file.bytes, _unpacked(file.path, most) if file.path.endswith(".gz") else 0) > most:
            raise BadInput(
                f"{file.path} holds more than --max_file_bytes {most}; nothing was taken, leave it out or allow more"
            )


def _unpacked(path: str, most: int) -> int:
    """The bytes of a gzip, counted no further than `most`; how it is damaged is told where it is read."""
    found = 0
    with suppress(OSError, EOFError, zlib.error), opened(path) as raw, gzip.open(raw) as stream:
        while found <= most and (block := stream.read(1 << 20)):
            found += len(block)
    return found


def kinds_of(files: Sequence[File]) -> dict[str, str]:
    """csv, json or parquet, by path. Raises BadInput for gzip under another name, and the other way round."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # a bucket answers each question only after a while
        return {file.path: kind for file, kind in zip(files, pool.map(_kind, files), strict=True)}


def _kind(file: File) -> str:
    # Spark knows gzip by the end .gz only, not .GZ.
    is_gzip = file.path.endswith(".gz")
    with opened(file.path) as stream:
        has_gzip_bytes = stream.read(2) == _GZIP
    if file.bytes and is_gzip != has_gzip_bytes:
        raise BadInput(
            f"{file.path} is {'gzip but not named .gz' if has_gzip_bytes else 'named .gz but is no gzip'}; rename it"
        )
    return _format(file.path)


def _format(path: str) -> str:
    return _FORMATS.get(Path(path.removesuffix(".gz")).suffix.lower(), "csv")


def path_of() -> Column:
    return source_file(F.col("_metadata.file_path"))


def literal(path: str) -> str:
    """The path with everything escaped that Hadoop would read as a glob."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)
