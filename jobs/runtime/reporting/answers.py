"""Run the queries of tiles: DuckDB answers from small tables, Spark from large ones."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import duckdb
import sqlglot
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from sqlglot import exp

from jobs.runtime.reporting.tiles import Tile
from schemas.ops.runs import RUNS
from schemas.table import Table

_KINDS = {"HUGEINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "TIMESTAMP WITH TIME ZONE": "timestamp"}


@dataclass(frozen=True)
class Answer:
    """The rows of a tile. `types` are Spark's; instants are text in UTC."""

    tile: Tile
    types: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]


def ask(asked: Sequence[Tile], frames: Mapping[Table, DataFrame], pool: ThreadPoolExecutor) -> Iterator[Answer]:
    """The answer of each tile, in their order."""
    tables = list(frames)
    of_spark = {
        tile.name: pool.submit(_by_spark, tile, frames)
        for tile in asked
        if any(_is_large(table) for table in tile.reads(tables))
    }
    small = pool.submit(_as_json, [table for table in tables if not _is_large(table)], frames, asked)
    # While Spark works.
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    create(database, tables)
    queries = {tile.name: query(tile, tables).transform(_whole_units).sql("duckdb") for tile in asked}
    for table, text in small.result().items():
        database.execute(
            f"INSERT INTO {table.name} BY NAME SELECT unnest(from_json(?, ?), max_depth := 2)",
            [text, json.dumps([_columns(table)])],
        )
    for tile in asked:
        yield (
            of_spark[tile.name].result()
            if tile.name in of_spark
            else _by_duckdb(tile, database.execute(queries[tile.name]))
        )


def _is_large(table: Table) -> bool:
    """Whether it has a row for each thing that happened. A tile that asks it is asked of Spark."""
    return bool(table.is_clean or table.problems or table.is_large)


def query(tile: Tile, tables: Sequence[Table]) -> exp.Expression:
    """The query of a tile, its tables named with their database, and what only Spark says said otherwise."""
    names = {table.stem: table for table in tables}

    def said(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Table) and node.name in names:
            return exp.to_table(names[node.name].name, alias=node.alias_or_name)
        if isinstance(node, exp.FromJson):
            return exp.cast(exp.ParseJSON(this=node.this), exp.DataType.build(node.expression.name, dialect="spark"))
        return node

    return sqlglot.parse_one(tile.sql, read="spark").transform(said)


def _whole_units(node: exp.Expression) -> exp.Expression:
    """Spark and Athena count whole units between two instants; DuckDB's function of that name counts how often one begins."""
    if isinstance(node, exp.TimestampDiff):
        return exp.Anonymous(
            this="date_sub", expressions=[exp.Literal.string(node.text("unit").lower()), node.expression, node.this]
        )
    return node


def create(database: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> None:
    """Make the tables in DuckDB, empty."""
    for table in tables:
        database.execute(f"CREATE SCHEMA IF NOT EXISTS {table.name.partition('.')[0]}")
        columns = [f'"{name}" {kind}' for name, kind in _columns(table).items()]
        database.execute(f"CREATE TABLE {table.name} ({', '.join(columns)})")


def _columns(table: Table) -> dict[str, str]:
    """The columns of a table in DuckDB's words."""
    return {
        name: sqlglot.parse_one(kind, into=exp.DataType, read="spark").sql("duckdb")
        for name, kind in table.types.items()
    }


def _used(table: Table, asked: Sequence[Tile]) -> list[str]:
    """The columns that some tile names."""
    words = {word for tile in asked if table in tile.reads([table]) for word in re.findall(r"\w+", tile.sql)}
    return [name for name in table.names if name in words]


def _as_json(tables: Sequence[Table], frames: Mapping[Table, DataFrame], asked: Sequence[Tile]) -> dict[Table, str]:
    """The rows of each table as a JSON list; all are read as one query, whose parts Spark does side by side."""
    lists: dict[str, list[str]] = {table.stem: [] for table in tables}
    parts = []
    for table in tables:
        shown = _without_old_results(frames[table]) if table == RUNS else frames[table]
        names = _used(table, asked)
        # As text: JSON would cut them to milliseconds.
        instants = {name: F.col(name).cast("string").alias(name) for name in names if table.types[name] == "timestamp"}
        row = F.struct(*(instants.get(name, F.col(f"`{name}`")) for name in names))
        parts.append(shown.select(F.lit(table.stem).alias("stem"), F.to_json(row).alias("row")))
    for stem, row in reduce(DataFrame.unionAll, parts).collect():
        lists[stem].append(row)
    return {table: f"[{','.join(lists[table.stem])}]" for table in tables}


def _without_old_results(runs: DataFrame) -> DataFrame:
    """Of each table only the newest results of its suite: they make nearly all of the ledger, and no tile asks for older ones."""
    is_checked = F.col("status").isin("published", "refused") & (F.col("suite_results_json") != "[]")
    newest_first = Window.partitionBy("table", is_checked).orderBy(
        F.desc("finished_at"), F.desc("run_id")
    )  # total: one row per run and table ends it
    return runs.withColumn(
        "suite_results_json",
        F.when(is_checked & (F.row_number().over(newest_first) == 1), F.col("suite_results_json")).otherwise("[]"),
    )


def _by_spark(tile: Tile, frames: Mapping[Table, DataFrame]) -> Answer:
    for table in tile.reads(list(frames)):
        frames[table].createOrReplaceTempView(table.stem)
    frame = next(iter(frames.values())).sparkSession.sql(tile.sql)
    instants = {
        name: F.col(name).cast("string") for name, kind in frame.dtypes if kind == "timestamp"
    }  # else they come as the machine's zone has them
    return Answer(tile, dict(frame.dtypes), [row.asDict() for row in frame.withColumns(instants).collect()])


def _by_duckdb(tile: Tile, told: duckdb.DuckDBPyConnection) -> Answer:
    kinds = {column[0]: _KINDS.get(str(column[1]), str(column[1]).lower()) for column in told.description}
    return Answer(tile, kinds, [dict(zip(kinds, map(_plain, row), strict=True)) for row in told.fetchall()])


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime) else value
