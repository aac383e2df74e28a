"""The columns of Parquet files: which Spark can read, and with which types."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyspark
from pyspark.errors import PySparkTypeError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from jobs.runtime.ingest.detect_formats import damaged_file_error
from jobs.runtime.storage.listing import open_file
from transforms.parquet_rows import ADDED_COLUMNS, NANOSECONDS

# Spark has no codec or decoder for these.
_UNDECODABLE = {
    "BROTLI": "write the file with snappy or zstd",
    "LZO": "write the file with snappy or zstd",
    "BYTE_STREAM_SPLIT": "write the column with plain encoding or a dictionary",
}
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
_RESERVED = (*ADDED_COLUMNS, "_metadata")
_MAX_PRECISION = 38
# What to write instead of a type that Spark has not.
_INSTEAD = {
    "Time": "write the column as text, such as 10:00:00",
    "UUID": "write the column as text, such as 123e4567-e89b-12d3-a456-426614174000",
    "Decimal": f"write the column with at most {_MAX_PRECISION} digits, or as text",
    "Float16": "write the column as float or double",
    "Variant": "write the column as text, in JSON",
}
_AS_TEXT = "write the column as text"
_INDENT = 2
_RENAME = "rename one of them where the file is written"
# Logical types that the Parquet library of a Spark release does not know. Spark 3.5 fails on the footer of the file.
_UNKNOWN_TO = {"3.5": ("Float16", "Geometry", "Geography", "Variant")}
# A column or a group of the schema as pyarrow prints it: its depth, and whether it is a variant.
_NODE = re.compile(r"^( +)(?:required|optional|repeated) .*?(\(Variant\b.*\) \{)?$", re.MULTILINE)
_VARIANT = "Variant"
# The proleptic Gregorian calendar, as every writer but Spark 2 and old Hive uses it.
_CALENDAR = {"datetimeRebaseMode": "CORRECTED", "int96RebaseMode": "CORRECTED"}


@dataclass(frozen=True)
class ParquetColumn:
    """A column of a file: the Spark type to read it with, or the reason why Spark cannot read it and what to do.

    A column without both has only nulls. `blocks_file` means that Spark cannot even open a file with such a column.
    """

    name: str
    spark_type: str = ""
    unreadable: str = ""
    advice: str = ""
    blocks_file: bool = False

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
            metadata, schema, variants = file.metadata, file.schema_arrow, _variants(str(file.schema))
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
    return [
        _unusable(field.name, spellings)
        or _unknown_type(field.name, metadata, leaves[field.name], is_variant=position in variants)
        or _column(field, metadata, leaves[field.name])
        for position, field in enumerate(schema)
    ]


def _variants(schema: str) -> set[int]:
    """The positions of columns that are variants, or hold some. pyarrow shows this type only in the printed schema."""
    positions, position = set[int](), -1
    for indent, variant in _NODE.findall(schema):
        position += len(indent) == _INDENT
        positions |= {position} if variant else set()
    return positions


def _unusable(name: str, spellings: Mapping[str, int]) -> ParquetColumn | None:
    """The column if its name keeps Spark from reading it."""
    if spellings[name.lower()] > 1:
        reason = "beside one that differs only in case, which are one for Spark"
        return ParquetColumn(name, "", reason, _RENAME)
    if not name:
        return ParquetColumn(name, "", "without a name", "give it one")
    if name.lower() in _RESERVED:
        return ParquetColumn(name, "", "whose name Spark or the reader needs", "rename it where the file is written")
    return None


def read_parquet(spark: SparkSession, paths: Sequence[str], columns: Sequence[ParquetColumn]) -> DataFrame:
    """The rows of files that have the same columns. Columns that Spark cannot read are left out."""
    read_as = {NANOSECONDS: "bigint"}
    schema = ", ".join(
        f"{_quoted(column.name)} {read_as.get(column.spark_type, column.spark_type)}"
        for column in columns
        if column.spark_type
    )
    return spark.read.options(**_CALENDAR).schema(schema).parquet(*paths)


def nanosecond_columns(columns: Sequence[ParquetColumn]) -> list[str]:
    """The columns that hold instants in nanoseconds, which Spark reads as bigint."""
    return [column.name for column in columns if column.spark_type == NANOSECONDS]


def _unknown_type(name: str, metadata: Any, leaves: Sequence[int], *, is_variant: bool) -> ParquetColumn | None:
    """The column if it has a type that the Parquet library of Spark does not know, or that Spark reads as no text."""
    kinds = {str(metadata.schema.column(leaf).logical_type).partition("(")[0] for leaf in leaves}
    for kind in sorted(kinds | ({_VARIANT} if is_variant else set())):
        if kind in _UNKNOWN_TO.get(pyspark.__version__[:3], ()):
            reason = f"of type {kind}, and Spark {pyspark.__version__} opens no file that has one"
            return ParquetColumn(name, "", reason, _INSTEAD.get(kind, _AS_TEXT), blocks_file=True)
    if is_variant:
        return ParquetColumn(name, "", f"of type {_VARIANT}, which is not read as text", _INSTEAD[_VARIANT])
    return None


def _column(field: Any, metadata: Any, leaves: Sequence[int]) -> ParquetColumn:
    for leaf in leaves:
        for group in range(metadata.num_row_groups):
            chunk = metadata.row_group(group).column(leaf)
            for odd in sorted({chunk.compression, *chunk.encodings} & _UNDECODABLE.keys()):
                return ParquetColumn(field.name, "", f"written with {odd}, which Spark cannot read", _UNDECODABLE[odd])
    types = [_leaf_type(metadata.schema.column(leaf)) for leaf in leaves]
    if metadata.schema.column(leaves[0]).path == field.name:
        return ParquetColumn(field.name, *types[0])
    from pyspark.sql.pandas.types import from_arrow_type

    with suppress(PySparkTypeError):
        if all(kind and kind != NANOSECONDS for kind, *_ in types):
            nested = _nested_type(from_arrow_type(field.type))
            clash = "with fields that differ only in case, which are one for Spark"
            return ParquetColumn(field.name, nested) if nested else ParquetColumn(field.name, "", clash, _RENAME)
    return ParquetColumn(field.name, "", f"of type {field.type}, which Spark cannot read", f"{_AS_TEXT}, in JSON")


def _nested_type(kind: DataType) -> str:
    """The type in SQL, with the names of fields quoted; empty if fields differ only in case."""
    if isinstance(kind, ArrayType):
        element = _nested_type(kind.elementType)
        return element and f"array<{element}>"
    if isinstance(kind, MapType):
        key, value = _nested_type(kind.keyType), _nested_type(kind.valueType)
        return key and value and f"map<{key},{value}>"
    if not isinstance(kind, StructType):
        return kind.simpleString()
    types = [_nested_type(field.dataType) for field in kind.fields]
    if not all(types) or len({name.lower() for name in kind.names}) < len(types):
        return ""
    return f"struct<{','.join(f'{_quoted(name)}:{text}' for name, text in zip(kind.names, types, strict=True))}>"


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _leaf_type(leaf: Any) -> tuple[str, str, str]:
    """The Spark type of a primitive column, or the reason why it has none and advice. Spark infers the same types."""
    logical = json.loads(leaf.logical_type.to_json()) if leaf.logical_type.type != "NONE" else {}
    match logical:
        case {"Type": "Timestamp", "timeUnit": "nanoseconds"}:
            return NANOSECONDS, "", ""
        case {"Type": "Timestamp", "isAdjustedToUTC": is_instant}:
            return "timestamp" if is_instant else "timestamp_ntz", "", ""
        case {"Type": "Int", "bitWidth": bits, "isSigned": is_signed}:
            return _INTEGERS[bits][not is_signed], "", ""
        case {"Type": "Decimal", "precision": precision, "scale": scale} if precision <= _MAX_PRECISION:
            return f"decimal({precision},{scale})", "", ""
        case {"Type": "Null"}:
            return "", "", ""
        case {"Type": kind} if kind in _LOGICAL_TYPES:
            return _LOGICAL_TYPES[kind], "", ""
        case _ if not logical:
            return _PHYSICAL_TYPES[leaf.physical_type], "", ""
    return "", f"of type {leaf.logical_type}, which Spark cannot read", _INSTEAD.get(logical["Type"], _AS_TEXT)
