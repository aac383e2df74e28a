"""Generate Athena views from tiles: infra/athena/<board>.report_<tile>.sql, ops.report_<tile>.sql for shared tiles."""

import duckdb

from jobs.runtime.reporting import report
from jobs.runtime.reporting.query_runner import build_query, create_tables
from jobs.runtime.reporting.tile_definitions import Tile, tiles
from schemas.table import Table


def view_name(tile: Tile, board: str) -> str:
    return f"{'ops' if tile.is_shared else board}.report_{tile.stem}"


def columns(board: str) -> dict[str, dict[str, str]]:
    """The DuckDB type of each column of each view, determined by running the queries on empty tables."""
    database, tables, types = duckdb.connect(), report.board_tables(board), {}
    create_tables(database, tables)
    for tile in tiles(board):
        relation = database.sql(build_query(tile, tables).sql("duckdb"))
        types[tile.stem] = dict(zip(relation.columns, map(str, relation.types), strict=True))
    return types


def view(tile: Tile, board: str, tables: list[Table], kinds: dict[str, str]) -> str:
    """The CREATE VIEW statement. Timestamps are cast to UTC without zone: Athena views have no type with a zone."""
    sql = build_query(tile, tables).sql("athena", pretty=True)
    if instants := [name for name, kind in kinds.items() if kind.startswith("TIMESTAMP")]:
        columns = [
            f'CAST("{name}" AT TIME ZONE \'UTC\' AS TIMESTAMP) AS "{name}"' if name in instants else f'"{name}"'
            for name in kinds
        ]
        inner = "\n".join(f"  {line}" for line in sql.splitlines())
        sql = "SELECT\n  " + ",\n  ".join(columns) + f"\nFROM (\n{inner}\n)"
    return f"-- {tile.title}\n-- {tile.description}\nCREATE OR REPLACE VIEW {view_name(tile, board)} AS\n{sql}\n"


def pages(board: str) -> dict[str, str]:
    """File name -> text, for each tile."""
    tables, kinds = report.board_tables(board), columns(board)
    return {f"{view_name(tile, board)}.sql": view(tile, board, tables, kinds[tile.stem]) for tile in tiles(board)}
