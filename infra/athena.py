"""The tiles of each board as views of Athena: infra/athena/<board>.report_<tile>.sql."""

import duckdb

from jobs.runtime.reporting import report
from jobs.runtime.reporting.answers import create, query
from jobs.runtime.reporting.tiles import Tile, tiles
from schemas.table import Table


def view_name(tile: Tile, board: str) -> str:
    return f"{board}.report_{tile.stem}"


def columns(board: str) -> dict[str, dict[str, str]]:
    """The type of each column of each view, in DuckDB's words: it is asked, over empty tables."""
    database, tables, found = duckdb.connect(), report.tables_of(board), {}
    create(database, tables)
    for tile in tiles(board):
        asked = database.sql(query(tile, tables).sql("duckdb"))
        found[tile.stem] = dict(zip(asked.columns, map(str, asked.types), strict=True))
    return found


def view(tile: Tile, board: str, tables: list[Table], kinds: dict[str, str]) -> str:
    """The statement that makes the view. Instants lose their zone, UTC: the catalog has no type for it in views."""
    said = query(tile, tables).sql("athena", pretty=True)
    if instants := [name for name, kind in kinds.items() if kind.startswith("TIMESTAMP")]:
        shown = [
            f'CAST("{name}" AT TIME ZONE \'UTC\' AS TIMESTAMP) AS "{name}"' if name in instants else f'"{name}"'
            for name in kinds
        ]
        inner = "\n".join(f"  {line}" for line in said.splitlines())
        said = "SELECT\n  " + ",\n  ".join(shown) + f"\nFROM (\n{inner}\n)"
    return f"-- {tile.title}\n-- {tile.says}\nCREATE OR REPLACE VIEW {view_name(tile, board)} AS\n{said}\n"


def pages(board: str) -> dict[str, str]:
    """File -> text, for each tile."""
    tables, kinds = report.tables_of(board), columns(board)
    return {f"{view_name(tile, board)}.sql": view(tile, board, tables, kinds[tile.stem]) for tile in tiles(board)}
