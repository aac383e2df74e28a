"""Cost of a day on lakes of different age: python -m benchmarks.increments [--days 60 240] [--rows_per_day 3000].

The same three newest days are ingested one by one on each lake, alternating, in one process; prints medians. Kilobytes
are all reads of data and metadata files; files are the data files planned by table scans.
"""

import argparse
import shutil
import statistics
import tempfile
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import SparkSession

from benchmarks.daily_runs import Usage, measure_steps, run_job
from jobs.ecommerce.daily import JOB as DAILY
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.spark import session
from jobs.samples.shop_events import shop_events
from schemas.table import Table

NEWEST = date(2020, 12, 31)
TURNS = 3
TABLES = [table for job in DAILY.jobs for table in job.tables]
REWRITTEN = "partitions written, all tables"


def build_lake(folder: Path, days: int, rows_per_day: int) -> list[Path]:
    """Build a lake with all days but the newest, and return the files of the newest days."""
    shop_events(str(folder / "input"), days * rows_per_day, days, NEWEST - timedelta(days=days - 1), 1, False)
    (folder / "later").mkdir()
    newest = [path.rename(folder / "later" / path.name) for path in sorted((folder / "input").glob("*.csv"))[-TURNS:]]
    run_job(DAILY, folder / "lake", "--input", str(folder / "input"))
    return newest


def increment(folder: Path, file: Path) -> dict[str, Usage]:
    """Ingest one more file and return the usage of each step."""
    shutil.move(file, folder / "input")
    session.start(session.catalog_settings(str(folder / "lake"), None))
    before = {table: lake().main(table) for table in TABLES}
    steps = measure_steps(DAILY, folder / "lake", "--input", str(folder / "input"))
    return {**steps, REWRITTEN: [0.0, 0.0, sum(_count_rewritten(table, before[table]) for table in TABLES)]}


def lake() -> Lake:
    return Lake(SparkSession.builder.getOrCreate())


def _count_rewritten(table: Table, before: int | None) -> int:
    """How many partitions of the table changed; an unpartitioned table counts as one."""
    now = lake().main(table)
    return 0 if now == before else len(lake().changed(table, before, now) or [table])


def measure(days: list[int], rows_per_day: int) -> dict[int, list[dict[str, Usage]]]:
    with tempfile.TemporaryDirectory() as temporary:
        folders = {age: Path(temporary) / str(age) for age in days}
        for folder in folders.values():
            folder.mkdir()
        newest = {age: build_lake(folder, age, rows_per_day) for age, folder in folders.items()}
        rounds: dict[int, list[dict[str, Usage]]] = {age: [] for age in days}
        for turn in range(TURNS):
            for age, folder in folders.items():
                rounds[age].append(increment(folder, newest[age][turn]))
    return rounds


def print_table(rounds: dict[int, list[dict[str, Usage]]]) -> None:
    print(
        f"{'':32}"
        + "".join(f"{f'{age} days: seconds':>20}{'kilobytes':>12}{'files':>8}" for age in rounds)
        + f"{'kilobytes':>16}{'files':>8}"
    )
    for step in next(iter(rounds.values()))[0]:
        medians = [
            [statistics.median(turn[step][figure] for turn in turns) for figure in range(3)]
            for turns in rounds.values()
        ]
        cells = "".join(f"{seconds:20.1f}{kilobytes:12,.0f}{files:8,.0f}" for seconds, kilobytes, files in medians)
        ratios = [last / first if first else 1.0 for first, last in zip(medians[0][1:], medians[-1][1:], strict=True)]
        print(f"{step:32}{cells}{ratios[0]:15.2f}x{ratios[1]:7.2f}x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, nargs="+", default=[60, 240])
    parser.add_argument("--rows_per_day", type=int, default=3000)
    arguments = parser.parse_args()
    print_table(measure(arguments.days, arguments.rows_per_day))
