"""The columns of Parquet files: which Spark can read, and with which types."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pyspark.errors import PySparkTypeError
from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.ingest.file_formats import damaged_file_error
from jobs.runtime.storage.listing import open_file
from transforms.parquet_rows import NANOSECONDS

# Spark has no codec or decoder for these.
_CODECS = ("BROTLI", "LZO")
_ENCODINGS = ("BYTE_STREAM_SPLIT",)
_PHYSICAL_TYPES = {
    "BOOLEAN": "boolean",
    "INT32": "int",
    "INT64": "bigint",
    "INT96": "timestamp",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BYTE_ARRAY": "binary",
    "FIXED_LEN_BYTE_ARRAY": "binary",
}
_LOGICAL_TYPES = {"String": "string", "Enum": "string", "JSON": "string", "BSON": "binary", "Date": "date"}
# Bits -> signed, unsigned. A wider type can hold every value.
_INTEGERS = {
    8: ("tinyint", "int"),
    16: ("smallint", "int"),
    32: ("int", "bigint"),
    64: ("bigint", "decimal(20,0)"),
}
_MAX_PRECISION = 38
# The proleptic Gregorian calendar, as every writer but Spark 2 and old Hive uses it.
_CALENDAR = {"datetimeRebaseMode": "CORRECTED", "int96RebaseMode": "CORRECTED"}


@dataclass(frozen=True)
class ParquetColumn:
    """A column of a file: the Spark type to read it with, or the reason why Spark cannot read it.

    A column without both has only nulls.
    """

    name: str
    spark_type: str = ""
    unreadable: str = ""

    @property
    def value_type(self) -> str:
        """The type of a table's column for these values."""
        if self.spark_type in ("timestamp_ntz", NANOSECONDS):
            return "timestamp"
        is_json = self.spark_type.startswith(("array", "map", "struct"))
        return "string" if is_json or not self.spark_type else self.spark_type


def read_columns(path: str) -> list[ParquetColumn]:
    """The columns of the file. Raises BadInput if it is damaged."""
    import pyarrow
    from pyarrow import parquet

    try:
        with open_file(path) as stream:
            file = parquet.ParquetFile(stream)
            metadata, schema = file.metadata, file.schema_arrow
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise damaged_file_error(path, error) from error
    leaves: dict[str, list[int]] = {field.name: [] for field in schema}
    names = iter(leaves)
    name = next(names, "")
    for position in range(metadata.num_columns):
        leaf_path = metadata.schema.column(position).path
        while leaf_path != name and not leaf_path.startswith(f"{name}."):  # leaves are in the order of the columns
            name = next(names)
        leaves[name].append(position)
    spellings = Counter(name.lower() for name in leaves)
    clashing = {name for name in leaves if spellings[name.lower()] > 1}
    return [
        ParquetColumn(field.name, unreadable="beside one that differs only in case, which are one column for Spark")
        if field.name in clashing
        else _column(field, metadata, leaves[field.name])
        for field in schema
    ]


def read_parquet(spark: SparkSession, paths: Sequence[str], columns: Sequence[ParquetColumn]) -> DataFrame:
    """The rows of files that have the same columns. Columns that Spark cannot read are left out."""
    read_as = {NANOSECONDS: "bigint"}
    schema = ", ".join(
        f"`{column.name.replace('`', '``')}` {read_as.get(column.spark_type, column.spark_type)}"
        for column in columns
        if column.spark_type
    )
    return spark.read.options(**_CALENDAR).schema(schema).parquet(*paths)


def nanosecond_columns(columns: Sequence[ParquetColumn]) -> list[str]:
    """The columns that hold instants in nanoseconds, which Spark reads as bigint."""
    return [column.name for column in columns if column.spark_type == NANOSECONDS]


def _column(field: Any, metadata: Any, leaves: Sequence[int]) -> ParquetColumn:
    for leaf in leaves:
        for group in range(metadata.num_row_groups):
            chunk = metadata.row_group(group).column(leaf)
            if odd := {chunk.compression, *chunk.encodings} & {*_CODECS, *_ENCODINGS}:
                return ParquetColumn(field.name, unreadable=f"written with {odd.pop()}, which Spark cannot read")
    types = [_leaf_type(metadata.schema.column(leaf)) for leaf in leaves]
    if metadata.schema.column(leaves[0]).path == field.name:
        return ParquetColumn(field.name, *types[0])
    from pyspark.sql.pandas.types import from_arrow_type

    with suppress(PySparkTypeError):
        if all(kind and kind != NANOSECONDS for kind, _ in types):
            return ParquetColumn(field.name, from_arrow_type(field.type).simpleString())
    return ParquetColumn(field.name, unreadable=f"as {field.type}, which Spark cannot read")


def _leaf_type(leaf: Any) -> tuple[str, str]:
    """The Spark type of a primitive column, or the reason why it has none. Spark infers the same types."""
    logical = json.loads(leaf.logical_type.to_json()) if leaf.logical_type.type != "NONE" else {}
    match logical:
        case {"Type": "Timestamp", "timeUnit": "nanoseconds"}:
            return NANOSECONDS, ""
        case {"Type": "Timestamp", "isAdjustedToUTC": is_instant}:
            return "timestamp" if is_instant else "timestamp_ntz", ""
        case {"Type": "Int", "bitWidth": bits, "isSigned": is_signed}:
            return _INTEGERS[bits][not is_signed], ""
        case {"Type": "Decimal", "precision": precision, "scale": scale} if precision <= _MAX_PRECISION:
            return f"decimal({precision},{scale})", ""
        case {"Type": "Null"}:
            return "", ""
        case {"Type": kind} if kind in _LOGICAL_TYPES:
            return _LOGICAL_TYPES[kind], ""
        case _ if not logical:
            return _PHYSICAL_TYPES[leaf.physical_type], ""
    return "", f"of type {leaf.logical_type}, which Spark cannot read"
