"""Make the report of a board: query the lake, render the page, write it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import util

from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.masking import without_pii
from jobs.runtime.registry import MAIN_DOMAIN, boards
from jobs.runtime.reporting.boards import board_of, charts_of
from jobs.runtime.reporting.tiles import tiles
from jobs.runtime.spark.threads import thread_pool
from jobs.runtime.storage import object_store
from schemas.declared import declared_tables
from schemas.table import Table

_NEEDS = ("altair", "duckdb", "jinja2", "pytz", "sqlglot", "vl_convert")
# Each with its file in the folder of the lake.
BOARDS = {board: "report.html" if board == MAIN_DOMAIN else f"report_{board}.html" for board in boards()}


def default_path(lake: str, board: str) -> str:
    return f"{lake}/{BOARDS[board]}"


def write(lake: Lake, board: str, path: str, told: Sequence[tuple[Table, str]]) -> str:
    """Write the report of a board from main of its tables, without PII, and from its headlines; returns the path, or why there is none."""
    if lacking := [name for name in _NEEDS if util.find_spec(name) is None]:
        return f"not made: {lacking[0]} is not installed; install the wheel with its extra, weir_etl-….whl[report]"
    from jobs.runtime.reporting.answers import ask
    from jobs.runtime.reporting.page import render

    frames = {table: without_pii(lake.published(table), table) for table in tables_of(board)}
    with thread_pool(4, lake.spark) as pool:
        pool.submit(charts_of, board)  # Altair takes its time, and Spark has work meanwhile
        page = render(board, ask(tiles(board), frames, pool), findings(board, told), list(frames), datetime.now(UTC))
    object_store.write_text(path, page)
    return path


def tables_of(board: str) -> list[Table]:
    """What a board tells of: the tables that its tiles ask or whose headlines it shows, of its domain and the ledger."""
    known = [table for table in declared_tables() if table.name.partition(".")[0] in (board, "ops")]
    asked = {table.stem for tile in tiles(board) for table in tile.reads(known)} | board_of(board).findings.keys()
    return [table for table in known if table.stem in asked]


def findings(board: str, told: Sequence[tuple[Table, str]]) -> list[tuple[str, str]]:
    """What headlines told of tables, each with its section."""
    sections = board_of(board).findings
    return sorted(((sections[table.stem], says) for table, says in told), key=lambda one: one[0])
