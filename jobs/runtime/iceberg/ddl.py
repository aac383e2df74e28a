"""Create tables from their declarations, compare declared with existing columns, and evolve schemas."""

import re
from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.errors import BadLake, WeirError
from schemas.table import RAW_LINE, Table

_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.parquet.compression-level": "1",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
    "write.summary.partition-limit": "10000",
}
# The table property with the declaration of a table's CDC source.
CDC_SOURCE_PROPERTY = "weir.changing"
# The table property with the commit time before which tombstones have been removed.
TOMBSTONES_EXPIRED_UNTIL = "weir.forgotten_until"
# Type promotions that Iceberg supports, beside those of decimals.
_PROMOTIONS = {("int", "bigint"), ("float", "double")}


def create_table_sql(table: Table) -> str:
    """The statement that creates the table where it does not exist."""
    columns = ", ".join(_column_sql(table, name) for name in table.names)
    partitioning = f" PARTITIONED BY ({table.partition})" if table.partition else ""
    # No column statistics: the bounds in the metadata would contain personal data.
    private = {
        f"write.metadata.metrics.column.{name}": "none"
        for name in (*table.persons, RAW_LINE.name)
        if name in table.names
    }
    source = {CDC_SOURCE_PROPERTY: table.declaration} if table.declaration else {}
    # Changes to few rows of a large table are written as delete files, which lake.maintain compacts.
    cdc = {"write.delete.mode": "merge-on-read", **source} if table.cdc_role else {}
    properties = ", ".join(f"'{key}'={_quote(value)}" for key, value in {**_PROPERTIES, **private, **cdc}.items())
    return (
        f"CREATE TABLE IF NOT EXISTS lake.{table.name} ({columns}) USING iceberg{partitioning} "
        f"COMMENT {_quote(table.grain)} TBLPROPERTIES ({properties})"
    )


def evolution_sql(table: Table, existing: Mapping[str, str], *, may_evolve: bool) -> dict[str, str]:
    """The statements that add the missing columns and widen the narrower ones, by column.

    `existing` has the types of the existing columns. Raises BadLake where a column would be lost or narrowed, or where
    the schema would change and `may_evolve` is not set.
    """
    removed = [f"{name} {kind}" for name, kind in existing.items() if name not in table.types]
    changed = [
        f"{name} {existing[name]}, not {kind}"
        for name, kind in table.types.items()
        if not _is_promotion(existing.get(name, kind), kind)
    ]
    if removed or changed:
        differences = [f"without {', '.join(removed)}"] if removed else []
        differences += [f"changed types: {', '.join(changed)}"] if changed else []
        raise BadLake(
            f"{table.name} has other columns than this version of Weir writes ({'; '.join(differences)}); "
            "use the version that wrote it, or another lake"
        )
    statements = {}
    for previous, name in zip(["", *table.names], table.names, strict=False):
        if name not in existing:
            position = f"AFTER `{previous}`" if previous else "FIRST"
            statements[name] = f"ADD COLUMN {_column_sql(table, name)} {position}"
        elif existing[name] != table.types[name]:
            statements[name] = f"ALTER COLUMN `{name}` TYPE {table.types[name]}"
    if statements and not may_evolve:
        changes = ", ".join(f"{name} {table.types[name]}" for name in statements)
        raise BadLake(
            f"{table.name} needs a schema change ({changes}), which readers would see; "
            "--dry_run changes no table: run without it if the columns and types are right"
        )
    return {name: f"ALTER TABLE lake.{table.name} {statement}" for name, statement in statements.items()}


def with_declared_columns(table: Table, frame: DataFrame) -> DataFrame:
    """An earlier version of the table with the declared columns and types; columns that it lacks are NULL."""
    existing = dict(frame.dtypes)
    if list(existing.items()) == list(table.types.items()):
        return frame
    return frame.select(
        *(
            (F.col(name) if name in existing else F.lit(None)).cast(kind).alias(name)
            for name, kind in table.types.items()
        )
    )


def require_declared_columns(table: Table, frame: DataFrame) -> DataFrame:
    """The frame, unchanged. Raises WeirError unless its columns are as declared: Iceberg rounds decimals silently."""
    actual, declared = dict(frame.dtypes), table.types
    if list(actual.items()) != list(declared.items()):
        missing, unexpected = sorted(declared.keys() - actual.keys()), sorted(actual.keys() - declared.keys())
        wrong_types = {
            name: f"{actual[name]}, not {declared[name]}"
            for name in declared
            if actual.get(name, declared[name]) != declared[name]
        }
        raise WeirError(
            f"{table.name} is built with other columns than declared: missing {missing}, unexpected {unexpected}, "
            f"wrong types {wrong_types}"
        )
    return frame


def _is_promotion(existing: str, declared: str) -> bool:
    """Whether the types are equal, or Iceberg can promote one to the other."""
    decimals = [re.fullmatch(r"decimal\((\d+),(\d+)\)", kind) for kind in (existing, declared)]
    if all(decimals):
        (old, old_scale), (new, new_scale) = ((int(match[1]), int(match[2])) for match in decimals if match)
        return old <= new and old_scale == new_scale
    return existing == declared or (existing, declared) in _PROMOTIONS


def _column_sql(table: Table, name: str) -> str:
    column = next(column for column in table.columns if column.name == name)
    return f"`{name}` {column.data_type.simpleString()} COMMENT {_quote(column.comment)}"


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
