"""Tiles: one SQL query with its title and descriptions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from schemas.table import Table

# What a head may say besides what a column means.
_WORDS = ("empty", "choose", "cross")


@dataclass(frozen=True)
class Tile:
    """One SQL file of a board.

    Its head is comments: the title, a sentence, and lines `-- name: text`. There `empty` is what is said when no row
    comes back, `cross` names what stands in the rows, columns and cells of the table, `choose` the column by which a
    person chooses what is shown; every other name is a column of the answer that no table explains.
    """

    name: str
    title: str
    says: str
    words: Mapping[str, str]
    sql: str

    @property
    def section(self) -> str:
        return self.name[:2]

    @property
    def stem(self) -> str:
        return self.name[5:]

    @property
    def cross(self) -> list[str]:
        return re.findall(r"\w+", self.words.get("cross", ""))

    def reads(self, tables: Sequence[Table]) -> list[Table]:
        """The tables that it asks."""
        named = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", self.sql))
        return [table for table in tables if table.stem in named]

    def meanings(self, columns: Sequence[str], tables: Sequence[Table]) -> dict[str, str]:
        """What each column means: as the head says, else as a table says that it asks."""
        of_tables = {column.name: column.comment for table in reversed(self.reads(tables)) for column in table.columns}
        own = {name: text for name, text in self.words.items() if name not in _WORDS}
        return {name: (of_tables | own)[name.removesuffix("_before")] for name in columns}


def tiles(board: str) -> list[Tile]:
    """The tiles of a board, its own and those of every board, in the order of their names."""
    files = [
        file
        for folder in (board, "shared")
        for file in resources.files(f"jobs.reports.{folder}").iterdir()
        if file.name.endswith(".sql")
    ]
    return [_tile(file.name, file.read_text()) for file in sorted(files, key=lambda file: file.name)]


def _tile(file: str, text: str) -> Tile:
    head = [line.removeprefix("--").strip() for line in text.splitlines() if line.startswith("--")]
    words = dict(re.split(r":\s+", line, maxsplit=1) for line in head[2:])
    return Tile(
        file.removesuffix(".sql"),
        head[0],
        head[1],
        words,
        "\n".join(line for line in text.splitlines() if not line.startswith("--")),
    )
