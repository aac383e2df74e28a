"""Create tables from their declaration, compare declared with existing columns, and evolve the schema."""

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
# Under which a table that follows a source keeps how its rows change there.
TOLD = "weir.changing"
# And up to when rows that were deleted there are not remembered any more.
FORGOTTEN_UNTIL = "weir.forgotten_until"
# What Iceberg reads as if it had been written so.
_WIDER = {("int", "bigint"), ("float", "double")}


def creation(table: Table) -> str:
    columns = ", ".join(_column(table, name) for name in table.names)
    layout = f" PARTITIONED BY ({table.partition})" if table.partition else ""
    # Iceberg's metadata would keep the least and the greatest value of each file: of these columns they tell of a person.
    private = {
        f"write.metadata.metrics.column.{name}": "none" for name in (table.person, RAW_LINE.name) if name in table.names
    }
    # What becomes of few rows of a large table is written beside it, and joined by lake.maintain.
    told = {"write.delete.mode": "merge-on-read", **({TOLD: table.told} if table.told else {})} if table.follows else {}
    properties = ", ".join(f"'{key}'={_text(value)}" for key, value in {**_PROPERTIES, **private, **told}.items())
    return f"CREATE TABLE IF NOT EXISTS lake.{table.name} ({columns}) USING iceberg{layout} COMMENT {_text(table.grain)} TBLPROPERTIES ({properties})"


def growth(table: Table, there: Mapping[str, str], *, may_grow: bool) -> dict[str, str]:
    """For each column that is new or wider than `there` the statement that makes it so. Raises BadLake where something would be lost, or may not grow."""
    gone = [f"{name} {kind}" for name, kind in there.items() if name not in table.types]
    other = [
        f"{name} {there[name]}, not {kind}"
        for name, kind in table.types.items()
        if not _widens(there.get(name, kind), kind)
    ]
    if gone or other:
        lost = "; ".join(
            [
                *([f"without {', '.join(gone)}"] if gone else []),
                *([f"of other types: {', '.join(other)}"] if other else []),
            ]
        )
        raise BadLake(
            f"{table.name} is there with other columns than this version of Weir writes ({lost}); use the version that wrote it, or another lake"
        )
    statements = {}
    for before, name in zip(["", *table.names], table.names, strict=False):
        if name not in there:
            statements[name] = f"ADD COLUMN {_column(table, name)} {f'AFTER `{before}`' if before else 'FIRST'}"
        elif there[name] != table.types[name]:
            statements[name] = f"ALTER COLUMN `{name}` TYPE {table.types[name]}"
    if statements and not may_grow:
        raise BadLake(
            f"{table.name} would first get {', '.join(statements)}, or wider, and readers would see it; --dry_run changes no table: run without it"
        )
    return {name: f"ALTER TABLE lake.{table.name} {statement}" for name, statement in statements.items()}


def as_declared(table: Table, frame: DataFrame) -> DataFrame:
    """A frame of the table as it was before it grew: what is new is NULL in it."""
    there = dict(frame.dtypes)
    if list(there.items()) == list(table.types.items()):
        return frame
    return frame.select(
        *((F.col(name) if name in there else F.lit(None)).cast(kind).alias(name) for name, kind in table.types.items())
    )


def exact(table: Table, frame: DataFrame) -> DataFrame:
    """The frame, when it has just the columns of the table: Iceberg would round a decimal without a word."""
    there, wanted = dict(frame.dtypes), table.types
    if list(there.items()) != list(wanted.items()):
        missing, unexpected = sorted(wanted.keys() - there.keys()), sorted(there.keys() - wanted.keys())
        mistyped = {
            name: f"{there[name]}, not {wanted[name]}"
            for name in wanted
            if there.get(name, wanted[name]) != wanted[name]
        }
        raise WeirError(
            f"{table.name} is built with other columns than declared: missing {missing}, unexpected {unexpected}, mistyped {mistyped}"
        )
    return frame


def _widens(there: str, wanted: str) -> bool:
    digits = [re.fullmatch(r"decimal\((\d+),(\d+)\)", kind) for kind in (there, wanted)]
    if all(digits):
        (old, old_scale), (new, new_scale) = ((int(one[1]), int(one[2])) for one in digits if one)
        return old <= new and old_scale == new_scale
    return there == wanted or (there, wanted) in _WIDER


def _column(table: Table, name: str) -> str:
    column = next(one for one in table.columns if one.name == name)
    return f"`{name}` {column.data_type.simpleString()} COMMENT {_text(column.comment)}"


def _text(words: str) -> str:
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"
