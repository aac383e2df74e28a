"""Read change files as rows of a raw table: CSV, Parquet and JSON, as DMS, Debezium and others write them."""

import dataclasses
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.cdc.kafka_connect_schemas import event_schemas, semantic_types, types_in_file
from jobs.runtime.cdc.match_columns import is_header, match_names, positional_names
from jobs.runtime.cdc.old_key_fields import is_of_dms
from jobs.runtime.ingest.detect_formats import detect_formats
from jobs.runtime.ingest.file_readers import escape_glob, read_lines, read_records, source_file_column
from jobs.runtime.ingest.headers import EMPTY, Header, read_header, require_readable
from jobs.runtime.ingest.parquet_files import nanosecond_columns, read_parquet
from jobs.runtime.ingest.row_numbers import number_rows
from jobs.runtime.spark.unions import union_of
from jobs.runtime.storage.listing import File
from schemas.cdc_feed import RAW_OP
from schemas.cdc_source import CdcSource
from transforms.change_data.json_changes import change_fields, json_changes, server_ranges
from transforms.change_data.json_envelopes import DELETED, FLATTENED, PLAIN, TOMBSTONE, op_of_flag
from transforms.change_data.json_lines import split_objects
from transforms.change_data.key_changes import OLD
from transforms.change_data.parse_changes import LOAD_FILE
from transforms.change_data.placeholders import mark_unchanged
from transforms.parquet_rows import parquet_rows
from transforms.raw_rows import csv_rows

READ_OPTIONS = ("columns", "delimiter", "no_header", "multi_line", "null_text", "unavailable_value")
# Up to this size, one task often reads all rows: they are spread, since to parse them takes longer.
_ONE_TASK_BYTES = 128 << 20


@dataclass(frozen=True)
class ChangeReader:
    """Reads the change files of one source.

    `kept_fields` are those of earlier files that had the control columns; the other fields are the READ_OPTIONS.
    """

    spark: SparkSession
    source: CdcSource
    columns: Mapping[str, str]
    delimiter: str
    no_header: bool
    multi_line: bool
    null_text: str
    unavailable_value: str
    kept_fields: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)

    def inspect(self, files: Sequence[File]) -> list[ChangeFile]:
        """The columns of the non-empty files."""
        non_empty = [file for file in files if file.bytes]
        kinds = detect_formats(non_empty)
        inspected = [self._inspect(file, kinds[file.path]) for file in non_empty if kinds[file.path] != "json"]
        change_files = [
            *filter(None, inspected),
            *self._inspect_events([file for file in non_empty if kinds[file.path] == "json"]),
        ]
        first_spelling: dict[str, str] = {}
        for name in (name for file in change_files for name in file.names):
            first_spelling.setdefault(name.lower(), name)
        # Names that differ only in case are one column.
        return [file.renamed({name: first_spelling[name.lower()] for name in file.names}) for file in change_files]

    def read(self, change_files: Sequence[ChangeFile]) -> DataFrame:
        """The rows of the files, with `row_no`; `_unchanged` are the columns that a change left as they were."""
        groups: dict[tuple[Any, ...], list[ChangeFile]] = {}
        for file in change_files:
            groups.setdefault((file.kind, file.line, file.fields, file.names, file.parquet), []).append(file)
        frames = [_read_values(self._rows(members), members[0]) for members in groups.values()]
        columns = list(dict.fromkeys(name for frame in frames for name in frame.columns))
        rows = union_of([_with_columns(frame, columns) for frame in frames])
        types = self.source.types
        texts = [name for name in self.source.payload if types[name].startswith(("string", "binary", "decimal"))]
        return mark_unchanged(rows, texts, self.unavailable_value) if self.unavailable_value else rows

    def _inspect(self, file: File, kind: str) -> ChangeFile | None:
        header = read_header(file.path, kind, self.delimiter, multi_line=self.multi_line)
        if header == EMPTY:
            return None
        if kind == "parquet":
            require_readable(file.path, header, header.fields)
            names = self._match(file.path, header.fields)
            types = {
                name: (column.value_type,) if column.spark_type else ()
                for name, column in zip(names, header.parquet, strict=True)
            }
            shape: dict[str, Any] = {"has_op": RAW_OP.name in names, "parquet": header.parquet}
            return ChangeFile(file, kind, header.line, header.fields, names, types, **shape)
        return self._inspect_csv(file, header)

    def _inspect_events(self, files: Sequence[File]) -> list[ChangeFile]:
        """All files get the fields of all events; types only for columns in a schema."""
        if not files:
            return []
        lines = self._json_lines([file.path for file in files])
        found = change_fields(lines).orderBy("place", "name").collect()
        rows, names = self._event_columns(files[0].path, [row for row in found if row.name is not None])
        fields, schemas = tuple(row.name for row in rows), event_schemas(lines)
        known = {field: self.source.types.get(name, "") for name, field in zip(names, fields, strict=True)}
        shape: dict[str, Any] = {
            "is_placed": all(row.is_placed for row in rows),
            # A truncate has no fields.
            "has_op": not rows or RAW_OP.name in names or any({*row.forms} - {PLAIN} for row in rows),
            "has_before": any(row.has_before for row in rows),
            "semantic_types": semantic_types(schemas),
        }
        change_files, paths, servers = list[ChangeFile](), [{*row.paths} for row in rows], _servers_by_file(rows)
        for file in files:
            types = types_in_file(file.path, schemas, known)
            of_names = {name: types[field] for name, field in zip(names, fields, strict=True) if field in types}
            own = tuple(name for name, of_name in zip(names, paths, strict=True) if file.path in of_name)
            wrote = tuple(sorted(servers.get(file.path, ())))
            one = ChangeFile(file, "json", None, fields, names, of_names, own_names=own, servers=wrote, **shape)
            change_files.append(one)
        forms = {form for row in found for form in row.forms}
        of_all: dict[str, Any] = {
            "control_records": sum(row.records for row in found if row.name is None),
            "tables": tuple({name for row in rows for name in row.tables}),
            "has_only_tombstones": {TOMBSTONE, FLATTENED} <= forms and not any(row.tells_delete for row in rows),
            "server_ranges": tuple(server_ranges(lines).collect()) if _are_of_several_servers(rows) else (),
        }
        return [replace(change_files[0], **of_all), *change_files[1:]]

    def _event_columns(self, path: str, rows: Sequence[Row]) -> tuple[Sequence[Row], tuple[str, ...]]:
        """Those of the `rows` of change_fields that become columns, and the matching raw columns.

        Plain objects without an operation beside events are rejected, so what only they have are no columns.
        """
        # What an envelope holds is data, whatever its name.
        plain = {row.name.lower() for row in rows if PLAIN in row.forms}
        names = self._match(path, [row.name for row in rows], control_fields=plain)
        in_events = [bool({*row.forms} - {PLAIN}) for row in rows]
        has_plain_op = any(name == RAW_OP.name and PLAIN in row.forms for name, row in zip(names, rows, strict=True))
        if has_plain_op or not any(in_events):
            return rows, names
        kept = [
            (row, name)
            for row, name, in_event in zip(rows, names, in_events, strict=True)
            if in_event or any(re.search(LOAD_FILE, file, re.IGNORECASE) for file in row.paths)
        ]
        return [row for row, _ in kept], tuple(name for _, name in kept)

    def _inspect_csv(self, file: File, header: Header) -> ChangeFile:
        """With the names of the header line; if the first line is a change, with the raw columns by position."""
        if not self.no_header and is_header(self.source, self.columns, file.path, header.fields):
            names = self._match(file.path, header.fields)
            return ChangeFile(file, "csv", header.line, header.fields, names, {}, has_op=RAW_OP.name in names)
        positional = positional_names(self.source, file.path, header.fields)
        return ChangeFile(file, "csv", None, positional, positional, {}, has_op=RAW_OP.name in positional)

    def _match(
        self, path: str, fields: Sequence[str], control_fields: Collection[str] | None = None
    ) -> tuple[str, ...]:
        kept = self.kept_fields
        return match_names(self.source, self.columns, path, fields, kept_fields=kept, control_fields=control_fields)

    def _rows(self, files: Sequence[ChangeFile]) -> DataFrame:
        """The rows of files that have the same shape."""
        one, paths = files[0], [file.path for file in files]
        names, fields = one.names, one.fields
        old_keys = [name for name in (f"{OLD}{key}" for key in self.source.key) if name in names]
        raw_names = [*self.source.raw.names, *old_keys]
        columns = {name: field for name, field in zip(names, fields, strict=True) if name in raw_names}
        if one.kind == "parquet":
            return self._parquet_rows(raw_names, columns, files)
        if one.kind == "json":
            return self._json_rows(one, columns, paths, has_old=one.has_before or bool(old_keys))
        if self.multi_line:
            lines = read_records(self.spark, paths, self.delimiter)
        else:
            lines = number_rows(read_lines(self.spark, paths))
        header: dict[str, Any] = {"header": fields, "header_line": one.line, "columns": columns}
        return csv_rows(lines, raw_names, **header, delimiter=self.delimiter, null_text=self.null_text)

    def _parquet_rows(self, names: Sequence[str], columns: Mapping[str, str], files: Sequence[ChangeFile]) -> DataFrame:
        parquet = files[0].parquet
        frame = read_parquet(self.spark, [escape_glob(file.path) for file in files], parquet)
        numbered = frame.withColumns({"source_file": source_file_column(), "row_no": F.col("_metadata.row_index")})
        if sum(file.file.bytes for file in files) <= _ONE_TASK_BYTES:
            numbered = numbered.repartition(self.spark.sparkContext.defaultParallelism, "row_no")
        return parquet_rows(numbered, names, columns=columns, nanoseconds=nanosecond_columns(parquet), is_exact=True)

    def _json_rows(
        self, one: ChangeFile, columns: Mapping[str, str], paths: Sequence[str], *, has_old: bool
    ) -> DataFrame:
        return json_changes(
            number_rows(self._json_lines(paths)),
            self.source.raw.names,
            columns={**{name: name for name in self.source.names}, **columns},
            types=self.source.types,
            old_keys=self.source.key if has_old else (),
            named=self.columns,
            has_op=one.has_op,
            semantic_types=one.semantic_types,
        )

    def _json_lines(self, paths: Sequence[str]) -> DataFrame:
        return split_objects(read_lines(self.spark, paths))


def _are_of_several_servers(fields: Sequence[Row]) -> bool:
    """Whether several servers wrote changes into a binlog file of one name."""
    servers = {(found.file, found.server) for row in fields for found in row.servers}
    return len(servers) > len({file for file, _ in servers})


def _servers_by_file(fields: Sequence[Row]) -> Mapping[str, Collection[str]]:
    servers = defaultdict[str, set[str]](set)
    for found in (found for row in fields for found in row.servers):
        servers[found.source_file].add(found.server)
    return servers


def _read_values(rows: DataFrame, one: ChangeFile) -> DataFrame:
    """The rows, with values as the names of their fields in the file `one` say.

    A column that tells only whether a row was deleted becomes the operation. An empty old_<key> becomes NULL, as feeds
    have it where the key is the same; DMS always writes the key before an update.
    """
    fields = dict(zip(one.names, one.fields, strict=True))
    is_flag = fields.get(RAW_OP.name, "").lower() == DELETED
    old_keys = [name for name in rows.columns if name.startswith(OLD) and not is_of_dms(fields.get(name, ""))]
    values = {name: F.when(F.col(name) != "", F.col(name)) for name in old_keys if name in fields}
    return rows.withColumns({**values, **({RAW_OP.name: op_of_flag(F.col(RAW_OP.name))} if is_flag else {})})


def _with_columns(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    nulls: dict[str, Column] = {name: F.lit(None).cast("string") for name in columns if name not in frame.columns}
    return frame.withColumns(nulls).select(*columns) if nulls else frame.select(*columns)
