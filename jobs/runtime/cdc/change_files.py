"""Change files as rows of a raw table: CSV and Parquet as DMS writes them, and change events of Debezium."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.files import kinds_of, literal, path_of
from jobs.runtime.ingest.headers import EMPTY, Header, header_of, types_of
from jobs.runtime.storage.listing import File
from schemas.changing import AS_DELIVERED, CHANGE_SEQ, COMMIT_TS, RAW_OP, CdcSource
from transforms.changes.debezium import debezium_rows, event_fields, meaning_of, type_of
from transforms.changes.typed import OLD
from transforms.raw_rows import csv_options, csv_records, csv_rows, csv_schema, parquet_rows

# What feeds call the columns that say what happened, when and in which order, in small letters.
_CONTROL = {
    RAW_OP.name: ("op", "__op", "operation", "recordmode"),
    COMMIT_TS.name: ("commit_ts", "timestamp", "dms_timestamp", "commit_timestamp", "transact_ts"),
    CHANGE_SEQ.name: ("change_seq", "ar_h_change_seq", "header__change_seq"),
}


HOW_TO_READ = ("columns", "delimiter", "multi_line", "null_text")


@dataclass(frozen=True)
class Delivered:
    """A change file: its columns in their order, `names` as ours where we know them, and the line that names them, if one does.

    `is_placed` says whether each of its events tells its place in the log of the source.
    """

    file: File
    kind: str
    line: str | None
    fields: tuple[str, ...]
    names: tuple[str, ...]
    types: Mapping[str, str]
    is_placed: bool = False


@dataclass(frozen=True)
class ChangeReader:
    """Files of changes of one table; the other words are those of the options."""

    spark: SparkSession
    changing: CdcSource
    columns: Mapping[str, str]
    delimiter: str
    multi_line: bool
    null_text: str

    def look(self, files: Sequence[File]) -> list[Delivered]:
        """What the files say of themselves; of those that are empty nothing."""
        filled = [file for file in files if file.bytes]
        kinds = kinds_of(filled)
        looked = [self._looked(file, kinds[file.path]) for file in filled if kinds[file.path] != "json"]
        found = [
            *(one for one in looked if one),
            *self._of_events([file for file in filled if kinds[file.path] == "json"]),
        ]
        first: dict[str, str] = {}
        for name in (name for one in found for name in one.names):
            first.setdefault(name.lower(), name)
        # A column that files write in two ways is one.
        return [_renamed(one, {name: first[name.lower()] for name in one.names}) for one in found]

    def read(self, delivered: Sequence[Delivered]) -> DataFrame:
        """Their rows, each with its place in its file."""
        groups: dict[tuple[Any, ...], list[str]] = {}
        for one in delivered:
            groups.setdefault((one.kind, one.line, one.fields, one.names), []).append(one.file.path)
        frames = [self._rows(kind, line, fields, names, paths) for (kind, line, fields, names), paths in groups.items()]
        wanted = list(dict.fromkeys(name for frame in frames for name in frame.columns))
        return reduce(DataFrame.unionByName, [_filled(frame, wanted) for frame in frames])

    def _looked(self, file: File, kind: str) -> Delivered | None:
        header = header_of(file.path, kind, self.delimiter)
        if header == EMPTY:
            return None
        if kind == "parquet":
            names, types = self._named(file.path, header.fields), types_of(file.path)
            return Delivered(
                file,
                kind,
                header.line,
                header.fields,
                names,
                {ours: types[theirs] for ours, theirs in zip(names, header.fields, strict=True)},
            )
        return self._of_csv(file, header)

    def _of_events(self, files: Sequence[File]) -> list[Delivered]:
        """With the fields of all of them; types where we know none and their schema tells one."""
        if not files:
            return []
        lines = self.spark.read.text([literal(file.path) for file in files]).withColumnRenamed("value", "line")
        found = event_fields(lines).orderBy("place", "name").collect()
        fields, is_placed = tuple(row.name for row in found), all(row.is_placed for row in found)
        told = {field["field"]: type_of(field) for field in self._schema_of(lines)}
        names = self._named(files[0].path, fields)
        unknown = {
            ours: theirs
            for ours, theirs in zip(names, fields, strict=True)
            if self.changing.types.get(ours, AS_DELIVERED) == AS_DELIVERED
        }
        types = {ours: told.get(theirs, "string") for ours, theirs in unknown.items()}
        return [Delivered(file, "json", None, fields, names, types, is_placed=is_placed) for file in files]

    def _of_csv(self, file: File, header: Header) -> Delivered:
        """With the line that names its columns, or, where the first line is a change, with those of the raw table in their order."""
        names = self._named(file.path, header.fields)
        if set(self.changing.key) <= set(names):
            return Delivered(file, "csv", header.line, header.fields, names, {})
        ours, count = self.changing.raw.names, len(header.fields)
        is_op = header.fields[0].strip().lower() in {word.lower() for word in self.changing.ops}
        # A full load may have no operation, and the place of a change is written last, where it is asked for.
        without = [*([] if is_op else [RAW_OP.name]), *([CHANGE_SEQ.name] if count < len(ours) - (not is_op) else [])]
        # Or nothing but the row.
        placed = tuple(
            self.changing.names if count == len(self.changing.names) else (name for name in ours if name not in without)
        )
        if len(placed) != count:
            raise BadInput(
                f"{file.path} has {count} columns and no line that names them, {', '.join(self.changing.key)} among them; "
                f"without one they would be {', '.join(ours)}; name them in --columns, or in the first line"
            )
        return Delivered(file, "csv", None, placed, placed, {})

    def _named(self, path: str, fields: Sequence[str]) -> tuple[str, ...]:
        """Our names of the fields, however theirs are capitalised; theirs where we know none. Raises BadInput where two fields would be one of ours."""
        told = {theirs.lower(): ours for ours, theirs in self.columns.items()}
        own = {name.lower(): name for name in self.changing.raw.names} | told
        there, known = {field.lower() for field in fields}, dict[str, str]()
        for ours, all_theirs in (
            (ours, theirs) for ours, theirs in _CONTROL.items() if ours in self.changing.raw.names
        ):
            # Of several names for what the feed tells, the first that is there; the others are columns of the source.
            if (
                ours not in self.columns
                and ours not in there
                and (theirs := next((name for name in all_theirs if name in there), None))
            ):
                known[theirs] = ours
        names = tuple(own.get(field.lower()) or known.get(field.lower()) or field for field in fields)
        if twice := [
            field
            for field, name in zip(fields, names, strict=True)
            if [one.lower() for one in names].count(name.lower()) > 1
        ]:
            raise BadInput(
                f"{path} has columns {', '.join(twice)}, which would be one; nothing was taken: name them apart with --columns"
            )
        return names

    def _rows(
        self, kind: str, line: str | None, fields: tuple[str, ...], names: tuple[str, ...], paths: Sequence[str]
    ) -> DataFrame:
        wanted = [
            *self.changing.raw.names,
            *(name for name in (f"{OLD}{key}" for key in self.changing.key) if name in names),
        ]
        columns = {ours: theirs for ours, theirs in zip(names, fields, strict=True) if ours in wanted}
        if kind == "parquet":
            # As every writer but Spark 2 and old Hive counts days and instants, of long ago too.
            modern = {"datetimeRebaseMode": "CORRECTED", "int96RebaseMode": "CORRECTED"}
            frame = (
                self.spark.read.options(**modern)
                .parquet(*map(literal, paths))
                .withColumns({"source_file": path_of(), "row_no": F.col("_metadata.row_index")})
            )
            return parquet_rows(frame, wanted, columns=columns, is_exact=True)
        if kind == "csv" and self.multi_line:
            options: dict[str, Any] = {**csv_options(self.delimiter), "header": line is not None, "multiLine": True}
            records = (
                self.spark.read.schema(csv_schema(fields))
                .options(**options)
                .csv([*map(literal, paths)])
                .withColumn("source_file", path_of())
            )
            return csv_records(
                _numbered(records),
                wanted,
                header=fields,
                columns=columns,
                delimiter=self.delimiter,
                null_text=self.null_text,
            )
        lines = self._lines(paths)
        if kind == "json":
            theirs = {name: columns.get(name, name) for name in self.changing.names}
            meanings = {field["field"]: meaning_of(field) for field in self._schema_of(lines) if field.get("name")}
            return debezium_rows(
                lines, self.changing.raw.names, columns=theirs, types=self.changing.types, meanings=meanings
            )
        header: dict[str, Any] = {"header": fields, "header_line": line, "columns": columns}
        return csv_rows(lines, wanted, **header, delimiter=self.delimiter, null_text=self.null_text)

    def _lines(self, paths: Sequence[str]) -> DataFrame:
        """The lines of the files, each with its number in its file: the same however Spark cuts the files into pieces."""
        read = self.spark.read.text([*map(literal, paths)])
        lines = read.select(
            F.col("value").alias("line"),
            path_of().alias("source_file"),
            F.col("_metadata.file_block_start").alias("block"),
        )
        return _numbered(lines).select("line", "source_file", "row_no")

    def _schema_of(self, lines: DataFrame) -> list[dict[str, Any]]:
        """The fields of the rows as the schemas say that some events carry."""
        schema = F.get_json_object("line", "$.schema").alias("schema")
        schemas = (
            lines.select(schema).distinct().filter("schema LIKE '{%'").collect()
        )  # a column of the source may be called so
        found = list[dict[str, Any]]()
        for row in schemas:
            fields = json.loads(row.schema).get("fields", [])
            found += next(
                (one["fields"] for one in fields if one.get("field") in ("after", "before") and "fields" in one), fields
            )
        return [field for field in found if "field" in field]


def _numbered(rows: DataFrame) -> DataFrame:
    """With `row_no`, the number of each row in its file; the rows of a `block` of it, where there are any, are together."""
    blocks = rows if "block" in rows.columns else rows.withColumn("block", F.lit(0).cast("long"))
    placed = blocks.withColumn("place", F.monotonically_increasing_id())
    counted = placed.groupBy("source_file", "block").agg(F.min("place").alias("first"), F.count("*").alias("lines"))
    before: dict[str, int] = {}
    starts = list[dict[str, Any]]()
    for row in counted.orderBy("source_file", "block").collect():
        starts.append(
            {"source_file": row.source_file, "block": row.block, "start": row.first - before.get(row.source_file, 0)}
        )
        before[row.source_file] = before.get(row.source_file, 0) + row.lines
    told = F.from_json(F.lit(json.dumps(starts)), "array<struct<source_file:string,block:bigint,start:bigint>>")
    of_file = rows.sparkSession.range(1).select(F.inline(told))
    return (
        placed.join(F.broadcast(of_file), ["source_file", "block"])
        .withColumn("row_no", F.col("place") - F.col("start"))
        .drop("place", "start", "block")
    )


def _renamed(one: Delivered, names: Mapping[str, str]) -> Delivered:
    return replace(
        one,
        names=tuple(names[name] for name in one.names),
        types={names[name]: kind for name, kind in one.types.items()},
    )


def _filled(frame: DataFrame, wanted: Sequence[str]) -> DataFrame:
    nothing: dict[str, Column] = {name: F.lit(None).cast("string") for name in wanted if name not in frame.columns}
    return frame.withColumns(nothing).select(*wanted) if nothing else frame.select(*wanted)
