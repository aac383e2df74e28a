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

from jobs.runtime.cdc.tables import known_tables
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.job import Command, Parameter
from jobs.runtime.option_types import one_of, whole_number
from jobs.runtime.parameters import REPORT, WHERE
from jobs.runtime.registry import MAIN_DOMAIN
from jobs.runtime.reporting import report as reports
from jobs.runtime.reporting.headlines import sentences
from jobs.runtime.spark import session
from jobs.runtime.spark.frames import content_hash
from jobs.runtime.storage import object_store


def tables(content: bool, **place: Any) -> str:
    """List the tables of a lake: grain, rows, snapshot, metadata file."""
    there = _open(**place)
    rows = []
    for table in known_tables(there):
        snapshot = there.main(table)
        if snapshot is not None:
            frame = there.frame(table, snapshot)
            told = [
                table.name,
                table.grain,
                f"{frame.agg(F.count('*')).collect()[0][0]:,}",
                str(snapshot),
                there.metadata_file(table),
            ]
            rows.append([*told, content_hash(frame.select(*table.data_columns))] if content else told)
    return _grid(["table", "grain", "rows", "snapshot", "metadata file", *(["content"] if content else [])], rows)


def show(table: str, run: str | None, where: str | None, limit: int, **place: Any) -> str:
    """Print rows of a table."""
    there = _open(**place)
    asked = next((known for known in known_tables(there) if known.name == table), None)
    if asked is None or not there.is_there(asked) or not (run or there.main(asked)):
        raise BadArgument(f"there is no table {table} in {place['lake']}; `python -m jobs tables` lists them")
    if run and run not in there.runs_with_branch(asked):
        raise BadArgument(
            f"{table} keeps no rows of run {run}; they go when lake.maintain removes the branch of the run"
        )
    frame = there.staged(asked, run) if run else there.published(asked)
    try:
        found = frame.filter(where or "true").limit(limit)
        return _grid(asked.names, _as_text(found))
    except (PySparkException, Py4JJavaError) as error:
        told = re.search(r"\[[A-Z_.]+\][^\n]*", str(error))
        raise BadArgument(f"--where {where}: {told[0] if told else error}") from error


def runs(limit: int, **place: Any) -> str:
    """List the newest runs: when, what they published, and why they ended."""
    there = _open(**place)
    try:
        recorded = there.spark.table("lake.ops.runs")
    except AnalysisException as error:
        raise BadArgument(f"there are no runs in {place['lake']}") from error
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


def report(board: str, report: str | None, **place: Any) -> str:
    """Make the report of a lake anew."""
    there, path = _open(**place), report or reports.default_path(place["lake"], board)
    object_store.check(path)
    told = sentences({table: there.published(table) for table in reports.tables_of(board)})
    return f"report {reports.write(there, board, path, told)}"


def _open(lake: str, catalog: str | None, path_style: bool, **_: Any) -> Lake:
    """The lake, which must be there: looking makes none."""
    if not catalog and "://" not in lake and not (Path(lake) / "catalog.db").exists():
        raise BadArgument(f"there is no lake in {lake}")
    return Lake(session.start(session.catalog(lake, catalog, path_style=path_style)))


def _as_text(frame: DataFrame) -> list[list[str]]:
    return [
        ["" if cell is None else cell for cell in row]
        for row in frame.select(*(F.col(f"`{name}`").cast("string") for name in frame.columns)).collect()
    ]


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    # Elsewhere than on a terminal nothing is cut: a path or a hash is there to be copied.
    console = Console(width=None if Console().is_terminal else 10_000)
    grid = Grid()
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    with console.capture() as capture:
        console.print(grid)
    return capture.get().rstrip()


LOOKS = {
    "tables": Command(
        "tables", tables, (*WHERE, Parameter("content", bool, False, "also a hash of the rows of each table"))
    ),
    "show": Command(
        "show",
        show,
        (
            Parameter("table", str, help="the table, such as ecommerce.unique_visitors", is_required=True),
            *WHERE,
            Parameter("run", str, None, "the table as this run, which was refused, would have published it"),
            Parameter("where", str, None, "condition in SQL"),
            Parameter("limit", whole_number, 20, "at most so many rows"),
        ),
    ),
    "report": Command(
        "report",
        report,
        (*WHERE, Parameter("board", one_of(*reports.BOARDS), MAIN_DOMAIN, "which tables it is about"), REPORT),
    ),
    "runs": Command("runs", runs, (*WHERE, Parameter("limit", whole_number, 30, "at most so many rows"))),
}
