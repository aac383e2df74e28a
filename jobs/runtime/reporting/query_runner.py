"""Run the queries of tiles, on small tables with DuckDB and on large ones with Spark."""

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

from jobs.runtime.reporting.tile_definitions import Tile
from schemas.ops.runs import RUNS
from schemas.table import Table

_SPARK_TYPES = {"HUGEINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "TIMESTAMP WITH TIME ZONE": "timestamp"}


@dataclass(frozen=True)
class Answer:
    """The result of a tile's query. `types` are Spark types; timestamps are text in UTC."""

    tile: Tile
    types: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]


def run_queries(tiles: Sequence[Tile], frames: Mapping[Table, DataFrame], pool: ThreadPoolExecutor) -> Iterator[Answer]:
    """Run the query of each tile and yield the answers in the order of the tiles."""
    tables = list(frames)
    spark_answers = {
        tile.name: pool.submit(_run_on_spark, tile, frames)
        for tile in tiles
        if any(_is_large(table) for table in tile.reads(tables))
    }
    small_rows = pool.submit(_as_json, [table for table in tables if not _is_large(table)], frames, tiles)
    # Prepare DuckDB while Spark runs.
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    create_tables(database, tables)
    queries = {tile.name: build_query(tile, tables).transform(_whole_units).sql("duckdb") for tile in tiles}
    for table, text in small_rows.result().items():
        database.execute(
            f"INSERT INTO {table.name} BY NAME SELECT unnest(from_json(?, ?), max_depth := 2)",
            [text, json.dumps([_duckdb_columns(table)])],
        )
    for tile in tiles:
        yield (
            spark_answers[tile.name].result()
            if tile.name in spark_answers
            else _run_on_duckdb(tile, database.execute(queries[tile.name]))
        )


def _is_large(table: Table) -> bool:
    """Whether the table may be large, such as one row per event. Spark runs the tiles that read it."""
    return bool(table.is_clean or table.problems or table.is_large)


def build_query(tile: Tile, tables: Sequence[Table]) -> exp.Expression:
    """The query of a tile with qualified table names, and with Spark-only functions replaced."""
    names = {table.stem: table for table in tables}

    def qualify(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Table) and node.name in names:
            return exp.to_table(names[node.name].name, alias=node.alias_or_name)
        if isinstance(node, exp.FromJson):
            return exp.cast(exp.ParseJSON(this=node.this), exp.DataType.build(node.expression.name, dialect="spark"))
        return node

    return sqlglot.parse_one(tile.sql, read="spark").transform(qualify)


def _whole_units(node: exp.Expression) -> exp.Expression:
    """Count whole units between instants, as Spark and Athena do; DuckDB's TIMESTAMPDIFF counts boundaries crossed."""
    if isinstance(node, exp.TimestampDiff):
        return exp.Anonymous(
            this="date_sub", expressions=[exp.Literal.string(node.text("unit").lower()), node.expression, node.this]
        )
    return node


def create_tables(database: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> None:
    """Create the tables in DuckDB, empty."""
    for table in tables:
        database.execute(f"CREATE SCHEMA IF NOT EXISTS {table.name.partition('.')[0]}")
        columns = [f'"{name}" {kind}' for name, kind in _duckdb_columns(table).items()]
        database.execute(f"CREATE TABLE {table.name} ({', '.join(columns)})")


def _duckdb_columns(table: Table) -> dict[str, str]:
    """The columns of a table with their DuckDB types."""
    return {
        name: sqlglot.parse_one(kind, into=exp.DataType, read="spark").sql("duckdb")
        for name, kind in table.types.items()
    }


def _used_columns(table: Table, tiles: Sequence[Tile]) -> list[str]:
    """The columns of a table that the tiles use."""
    words = {word for tile in tiles if table in tile.reads([table]) for word in re.findall(r"\w+", tile.sql)}
    return [name for name in table.names if name in words]


def _as_json(tables: Sequence[Table], frames: Mapping[Table, DataFrame], tiles: Sequence[Tile]) -> dict[Table, str]:
    """The rows of each table as a JSON list. All tables are read in one query, whose parts Spark runs in parallel."""
    lists: dict[str, list[str]] = {table.stem: [] for table in tables}
    parts = []
    for table in tables:
        recent = _without_old_results(frames[table]) if table == RUNS else frames[table]
        names = _used_columns(table, tiles)
        # Timestamps as text: JSON would truncate them to milliseconds.
        instants = {name: F.col(name).cast("string").alias(name) for name in names if table.types[name] == "timestamp"}
        row = F.struct(*(instants.get(name, F.col(f"`{name}`")) for name in names))
        parts.append(recent.select(F.lit(table.stem).alias("stem"), F.to_json(row).alias("row")))
    for stem, row in reduce(DataFrame.unionAll, parts).collect():
        lists[stem].append(row)
    return {table: f"[{','.join(lists[table.stem])}]" for table in tables}


def _without_old_results(runs: DataFrame) -> DataFrame:
    """Keep only the newest suite results of each table: they are most of the ledger, and no tile reads older ones."""
    is_checked = F.col("status").isin("published", "refused") & (F.col("suite_results_json") != "[]")
    newest_first = Window.partitionBy("table", is_checked).orderBy(
        F.desc("finished_at"), F.desc("run_id")
    )  # total: one row per run and table ends it
    return runs.withColumn(
        "suite_results_json",
        F.when(is_checked & (F.row_number().over(newest_first) == 1), F.col("suite_results_json")).otherwise("[]"),
    )


def _run_on_spark(tile: Tile, frames: Mapping[Table, DataFrame]) -> Answer:
    for table in tile.reads(list(frames)):
        frames[table].createOrReplaceTempView(table.stem)
    frame = next(iter(frames.values())).sparkSession.sql(tile.sql)
    instants = {
        name: F.col(name).cast("string") for name, kind in frame.dtypes if kind == "timestamp"
    }  # collect() would return them in the machine's time zone
    return Answer(tile, dict(frame.dtypes), [row.asDict() for row in frame.withColumns(instants).collect()])


def _run_on_duckdb(tile: Tile, result: duckdb.DuckDBPyConnection) -> Answer:
    types = {column[0]: _SPARK_TYPES.get(str(column[1]), str(column[1]).lower()) for column in result.description}
    return Answer(tile, types, [dict(zip(types, map(_to_text, row), strict=True)) for row in result.fetchall()])


def _to_text(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime) else value
