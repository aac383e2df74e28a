"""The view of readers without Spark: the catalog file and PyIceberg, reopened for each read."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError

from schemas.ops.files import FILES
from schemas.table import Table
from tests.processes import TABLES


@contextmanager
def catalog(lake: Path) -> Iterator[SqlCatalog]:
    opened = SqlCatalog("lake", uri=f"sqlite:///{lake}/catalog.db", init_catalog_tables="false")
    try:
        yield opened
    finally:
        opened.engine.dispose()


def rows(opened: SqlCatalog, table: Table) -> list[dict[str, Any]]:
    """The rows that readers see. Empty if the table does not exist yet."""
    try:
        found: list[dict[str, Any]] = opened.load_table(table.name).scan().to_arrow().to_pylist()
    except NoSuchTableError:
        return []
    return found


def content(lake: Path) -> dict[str, str]:
    """Table -> content hash."""
    if not (lake / "catalog.db").exists():
        return {table.name: content_of([], table) for table in TABLES}
    with catalog(lake) as opened:
        return {table.name: content_of(rows(opened, table), table) for table in TABLES}


def content_of(found: list[dict[str, Any]], table: Table) -> str:
    lines = sorted(repr([row[name] for name in table.data_columns]) for row in found)
    return f"{len(lines)}:{hashlib.sha256(repr(lines).encode()).hexdigest()[:16]}"


def files(lake: Path) -> dict[str, tuple[Any, ...]]:
    """The ledger's state of each file, and the number of runs that ingested its current version."""
    with catalog(lake) as opened:
        recorded = sorted(rows(opened, FILES), key=lambda row: row["recorded_at"])
    newest = {row["path"]: row for row in recorded if row["state"] in ("taken", "withdrawn")}
    states = {
        path: [row[name] for name in ("state", "bytes", "version", "rows", "first_day", "last_day")]
        for path, row in newest.items()
    }
    runs = {
        path: {
            row["run_id"]
            for row in recorded
            if row["state"] == "taken" and (row["path"], row["version"]) == (path, newest[path]["version"])
        }
        for path in newest
    }
    return {path: (*states[path], len(runs[path])) for path in newest}
