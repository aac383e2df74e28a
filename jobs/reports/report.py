"""A board as a file: ask the lake, draw the page, write it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module, util

from pyspark.sql import DataFrame, SparkSession

from jobs import store
from jobs.headlines import sentences
from jobs.reports.page import render
from jobs.reports.tiles import Tile, ask, tiles
from jobs.runtime.lake import Lake
from schemas.declared import declared_tables
from schemas.table import Table

_NEEDS = ("altair", "jinja2", "vl_convert")
BOARDS = ("ecommerce",)
# Tables with a row for each thing that happened: too many to hold in memory.
LARGE = ("abandoned_carts", "rejected_events")
# The tables of a board are small: what Spark does to spread work and to compile it would take longer than the work.
_FOR_FEW_ROWS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def default_path(lake: str) -> str:
    return f"{lake}/report.html"


def write(lake: Lake, board: str, path: str) -> str:
    """Write the report of a board from main of its tables; returns the path, or why there is none."""
    if lacking := [name for name in _NEEDS if util.find_spec(name) is None]:
        return f"not made: {lacking[0]} is not installed; install the wheel with its extra, weir_etl-….whl[report]"
    asked, tables = tiles(board), tables_of(board)
    with _settings(lake.spark, _FOR_FEW_ROWS), ThreadPoolExecutor(4) as pool:
        pool.submit(import_module, f"jobs.reports.{board}.charts")  # Altair takes its time, and Spark has work meanwhile
        held = list(pool.map(lambda table: _view(lake, table), tables))
        answers, found = ask(lake.spark, asked, pool), findings(lake.spark, asked, tables)
        page = render(board, list(answers), found, tables, datetime.now(UTC))
        for frame in held:
            frame.unpersist()
    store.write_text(path, page)
    return path


def _view(lake: Lake, table: Table) -> DataFrame:
    """The table as main has it, under its stem. What has a row for a period or a name is small and asked often: it is held in memory."""
    frame = lake.frame(table, lake.main(table))
    if table.stem not in LARGE:
        frame = frame.coalesce(1).persist()
    frame.createOrReplaceTempView(table.stem)
    return frame


@contextmanager
def _settings(spark: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    before = {key: str(spark.conf.get(key)) for key in settings}
    for key, value in settings.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, value in before.items():
            spark.conf.set(key, value)


def tables_of(board: str) -> list[Table]:
    """What the tiles of a board ask: tables of its domain, and the ledger."""
    known = [table for table in declared_tables() if table.name.partition(".")[0] in (board, "ops")]
    return [table for table in known if any(table in tile.reads(known) for tile in tiles(board))]


def findings(spark: SparkSession, asked: Sequence[Tile], tables: Sequence[Table]) -> list[tuple[str, str]]:
    """The headlines of the tables, each with the section that shows its table first."""
    sections = {table.name: tile.section for tile in reversed(asked) if tile.section != "00" for table in tile.reads(tables)}
    told = sentences({table.name: spark.table(table.stem) for table in tables})
    return sorted(((sections[name], says) for name, says in told), key=lambda one: one[0])
