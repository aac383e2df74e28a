"""Commands that inspect a lake: tables, show, runs and report."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid

from jobs.runtime.cdc.source_catalog import known_tables
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Command, Parameter
from jobs.runtime.option_types import one_of, whole_number
from jobs.runtime.parameters import EXISTING, REPORT
from jobs.runtime.registry import MAIN_DOMAIN
from jobs.runtime.reporting import report as reports
from jobs.runtime.reporting.headlines import render_headlines
from jobs.runtime.spark import session
from jobs.runtime.spark.small_frames import content_hash
from jobs.runtime.storage import object_store


def tables(content: bool, **location: Any) -> str:
    """List the tables of a lake: grain, rows, snapshot, metadata file."""
    lake = _open(**location)
    rows = []
    for table in known_tables(lake):
        snapshot = lake.main(table)
        if snapshot is not None:
            frame = lake.frame(table, snapshot)
            row = [
                table.name,
                table.grain,
                f"{frame.agg(F.count('*')).collect()[0][0]:,}",
                str(snapshot),
                lake.metadata_file(table),
            ]
            rows.append([*row, content_hash(frame.select(*table.data_columns))] if content else row)
    return _grid(["table", "grain", "rows", "snapshot", "metadata file", *(["content"] if content else [])], rows)


def show(table: str, run: str | None, where: str | None, limit: int, **location: Any) -> str:
    """Print rows of a table."""
    lake = _open(**location)
    declared = next((known for known in known_tables(lake) if known.name == table), None)
    if declared is None or not lake.exists(declared) or not (run or lake.main(declared)):
        raise BadArgument(f"there is no table {table} in {location['lake']}; `weir tables` lists them")
    if run and run not in lake.runs_with_branch(declared):
        raise BadArgument(
            f"{table} has no branch of run {run}; lake.maintain removes the branches of finished runs after --keep_days"
        )
    frame = lake.staged(declared, run) if run else lake.published(declared)
    try:
        return _grid(declared.names, _as_text(frame.filter(where or "true").limit(limit), null="NULL"))
    except (PySparkException, Py4JJavaError) as error:
        reason = re.search(r"\[[A-Z_.]+\][^\n]*", str(error))
        raise BadArgument(f"--where {where}: {reason[0] if reason else error}") from error


def runs(limit: int, **location: Any) -> str:
    """List the newest runs: what they published, when they ended and why."""
    lake = _open(**location)
    try:
        recorded = lake.spark.table("lake.ops.runs")
    except AnalysisException as error:
        raise BadArgument(f"there are no runs in {location['lake']}") from error
    columns = [
        "run_id",
        "job",
        "table",
        "status",
        "rows_read",
        "rows_kept",
        "rows_rejected",
        "rows_duplicate",
        "rows_late",
        "rows_replaced",
        "rows_published",
        "finished_at",
        "message",
    ]
    newest = (
        recorded.groupBy("run_id", "job", "table")
        .agg(F.max(F.struct(F.col("finished_at").isNotNull(), *columns[3:])).alias("last"))
        .select("run_id", "job", "table", "last.*")
    )
    return _grid(columns, _as_text(newest.select(*columns).orderBy(F.desc("run_id"), "table").limit(limit)))


def report(board: str, report: str | None, **location: Any) -> str:
    """Rebuild the report of a lake."""
    lake, path = _open(**location), report or reports.default_path(location["lake"], board)
    object_store.check_buckets(path)
    headlines = render_headlines({table: lake.published(table) for table in reports.board_tables(board)})
    return f"report {reports.write(lake, board, path, headlines)}"


def _open(lake: str, catalog: str | None, path_style: bool, **_: Any) -> Lake:
    """Open an existing lake. Raises BadArgument if there is none, since inspection never creates a lake."""
    if not catalog and "://" not in lake and not (Path(lake) / "catalog.db").exists():
        raise BadArgument(f"there is no lake in {lake}")
    return Lake(session.start(session.catalog_settings(lake, catalog, path_style=path_style)))


def _as_text(frame: DataFrame, null: str = "") -> list[list[str]]:
    return [
        [null if cell is None else cell for cell in row]
        for row in frame.select(*(F.col(f"`{name}`").cast("string") for name in frame.columns)).collect()
    ]


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for people, or tab-separated lines where the output is not a terminal."""
    console = Console()
    if not console.is_terminal:
        return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in (columns, *rows))
    grid = Grid()
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    with console.capture() as capture:
        console.print(grid)
    return capture.get().rstrip()


COMMANDS = {
    "tables": Command(
        "tables", tables, (*EXISTING, Parameter("content", bool, False, "also print a hash of the rows of each table"))
    ),
    "show": Command(
        "show",
        show,
        (
            Parameter("table", str, help="name of the table, such as ecommerce.unique_visitors", is_required=True),
            *EXISTING,
            Parameter("run", str, None, "show the table as this refused run would have published it"),
            Parameter("where", str, None, "filter condition in SQL"),
            Parameter("limit", whole_number, 20, "maximum number of rows"),
        ),
    ),
    "report": Command(
        "report",
        report,
        (*EXISTING, Parameter("board", one_of(*reports.BOARDS), MAIN_DOMAIN, "the board to report on"), REPORT),
    ),
    "runs": Command("runs", runs, (*EXISTING, Parameter("limit", whole_number, 30, "maximum number of rows"))),
}
