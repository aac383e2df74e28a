"""Write the report of a board: query the lake, render the page, write the file."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import util

from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.redaction import without_pii
from jobs.runtime.registry import MAIN_DOMAIN, boards
from jobs.runtime.reporting.boards import load_board, load_charts
from jobs.runtime.reporting.tile_definitions import tiles
from jobs.runtime.spark.threads import thread_pool
from jobs.runtime.storage import object_store
from schemas.declared import declared_tables
from schemas.table import Table

_REQUIRED = ("altair", "duckdb", "jinja2", "pytz", "sqlglot", "vl_convert")
# Board -> file name of its report in the folder of the lake.
BOARDS = {board: "report.html" if board == MAIN_DOMAIN else f"report_{board}.html" for board in boards()}


def default_path(lake: str, board: str) -> str:
    return f"{lake}/{BOARDS[board]}"


def write(lake: Lake, board: str, path: str, headlines: Sequence[tuple[Table, str]]) -> str:
    """Write the report of a board from the main branch of its tables, without PII columns, and from its headlines.

    Returns the path, or the reason why there is no report.
    """
    if missing := [name for name in _REQUIRED if util.find_spec(name) is None]:
        return f"not written: {missing[0]} is not installed; install the wheel with its extra, weir_etl-….whl[report]"
    from jobs.runtime.reporting.page import render
    from jobs.runtime.reporting.query_runner import run_queries

    frames = {table: without_pii(lake.published(table), table) for table in board_tables(board)}
    with thread_pool(4, lake.spark) as pool:
        pool.submit(load_charts, board)  # import Altair while Spark runs
        answers = run_queries(tiles(board), frames, pool)
        page = render(board, answers, findings(board, headlines), list(frames), datetime.now(UTC))
    object_store.write_text(path, page)
    return path


def board_tables(board: str) -> list[Table]:
    """The tables of the board's domain and of the ledger that its tiles read or whose headlines it shows."""
    known = [table for table in declared_tables() if table.name.partition(".")[0] in (board, "ops")]
    used = {table.stem for tile in tiles(board) for table in tile.reads(known)} | load_board(board).findings.keys()
    return [table for table in known if table.stem in used]


def findings(board: str, headlines: Sequence[tuple[Table, str]]) -> list[tuple[str, str]]:
    """The section and the sentence of each headline, in order of sections."""
    sections = load_board(board).findings
    return sorted(((sections[table.stem], text) for table, text in headlines), key=lambda finding: finding[0])
