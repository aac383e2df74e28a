"""Tiles: SQL queries with a title and descriptions, one per file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from schemas.table import Table

# Header entries that are options of the tile; all others describe columns.
_OPTIONS = ("empty", "choose", "cross")
# The folder whose tiles are on every board.
_SHARED = "shared"


@dataclass(frozen=True)
class Tile:
    """An SQL file of a board.

    It starts with comments: the title, a description, and lines `-- name: text`. `empty` is the text for an empty
    result, `cross` names the columns for the rows, columns and cells of a pivot table, `choose` names the column by
    which a reader filters. Every other name is a column of the result that no table describes. A comment that is
    indented continues the one above it. Shared tiles are on every board.
    """

    name: str
    title: str
    description: str
    header: Mapping[str, str]
    sql: str
    is_shared: bool = False

    @property
    def section(self) -> str:
        return self.name[:2]

    @property
    def stem(self) -> str:
        return self.name[5:]

    @property
    def cross(self) -> list[str]:
        return re.findall(r"\w+", self.header.get("cross", ""))

    def reads(self, tables: Sequence[Table]) -> list[Table]:
        """The tables that the query reads."""
        named = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", self.sql))
        return [table for table in tables if table.stem in named]

    def meanings(self, columns: Sequence[str], tables: Sequence[Table]) -> dict[str, str]:
        """The description of each column, from the header or else from a table that the query reads."""
        from_tables = {
            column.name: column.comment for table in reversed(self.reads(tables)) for column in table.columns
        }
        from_header = {name: text for name, text in self.header.items() if name not in _OPTIONS}
        return {name: (from_tables | from_header)[name.removesuffix("_before")] for name in columns}


def tiles(board: str) -> list[Tile]:
    """The tiles of a board and the shared ones, in order of their names."""
    parsed = [_parse(file, folder == _SHARED) for folder in (board, _SHARED) for file in _sql_files(folder)]
    return sorted(parsed, key=lambda tile: tile.name)


def _sql_files(folder: str) -> list[Any]:
    return [file for file in resources.files(f"jobs.reports.{folder}").iterdir() if file.name.endswith(".sql")]


def _parse(file: Any, is_shared: bool) -> Tile:
    lines = re.sub(r"\n-- {2,}", " ", file.read_text()).splitlines()
    comments = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    header = dict(re.split(r":\s+", line, maxsplit=1) for line in comments[2:])
    sql = "\n".join(line for line in lines if not line.startswith("--"))
    return Tile(file.name.removesuffix(".sql"), comments[0], comments[1], header, sql, is_shared)
