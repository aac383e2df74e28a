"""What one more day costs on lakes of different age: python -m benchmarks.increments [--days 60 240] [--rows_per_day 3000].

The same three newest days are taken one by one on each lake, in turns, in one process. Bytes and files are those that Spark's
scans report; ratios are of the oldest lake to the youngest.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterable
from contextlib import redirect_stdout
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.ecommerce.daily import JOB as DAILY
from jobs.runtime.lake import Lake
from jobs.runtime.run import main
from jobs.samples.shop_events import shop_events

NEWEST = date(2020, 12, 31)
TURNS = 3
FILES, SIZE = "number of scanned data files", "inputBytes"


def ran(folder: Path, *arguments: str) -> float:
    """Seconds of a daily run on a lake."""
    if spark := SparkSession.getActiveSession():
        spark._jsparkSession.sessionState().catalogManager().reset()
    started, told = time.monotonic(), StringIO()
    with redirect_stdout(told):
        code = main(DAILY, ["--input", str(folder / "input"), "--lake", str(folder / "lake"), *arguments])
    if code:
        raise SystemExit(told.getvalue())
    return time.monotonic() - started


class Scans:
    """Bytes and data files that the queries of this session read so far."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark: Any = spark

    def bytes(self) -> int:
        stages = self.spark._jsc.sc().statusStore().stageList(None, False, False, self.spark._jvm.PythonUtils.toArray([]), None)
        return sum(int(stages.apply(at).inputBytes()) for at in range(stages.size()))

    def files(self) -> int:
        store = self.spark._jsparkSession.sharedState().statusStore()
        return sum(self._of_query(store, one) for one in _each(store.executionsList()))

    def _of_query(self, store: Any, execution: Any) -> int:
        values = store.executionMetrics(execution.executionId())
        named = [metric for metric in _each(execution.metrics()) if metric.name() == FILES]
        texts = [values.get(metric.accumulatorId()) for metric in named]
        return sum(int(text.get().replace(",", "")) for text in texts if text.isDefined())


def _each(items: Any) -> Iterable[Any]:
    return (items.apply(at) for at in range(items.size()))


def lake_of(folder: Path, days: int, rows_per_day: int) -> list[Path]:
    """A lake that has all days but the newest, and the files of those."""
    shop_events(str(folder / "input"), days * rows_per_day, days, NEWEST - timedelta(days=days - 1), 1, False)
    (folder / "later").mkdir()
    newest = [path.rename(folder / "later" / path.name) for path in sorted((folder / "input").glob("*.csv"))[-TURNS:]]
    ran(folder)
    return newest


def increment(folder: Path, file: Path) -> dict[str, float]:
    """What one more file costs."""
    shutil.move(file, folder / "input")
    lake = Lake(SparkSession.getActiveSession() or SparkSession.builder.getOrCreate())
    lake.spark._jsparkSession.sessionState().catalogManager().reset()
    scans = Scans(lake.spark)
    before = (scans.bytes(), scans.files())
    seconds = ran(folder)
    tables = [table for job in DAILY.jobs for table in job.tables]
    rewritten = 0
    for table in tables:
        newest = lake.main(table)
        commit = next(iter(lake.spark.sql(f"SELECT parent_id FROM lake.{table.name}.snapshots WHERE snapshot_id = {newest}").collect()))
        rewritten += len(lake.changed(table, commit[0], newest) or {""})
    return {"seconds": seconds, "bytes read": scans.bytes() - before[0], "files read": scans.files() - before[1], "partitions written": rewritten}


def measured(days: list[int], rows_per_day: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folders = {age: Path(place) / str(age) for age in days}
        newest = {}
        for age, folder in folders.items():
            folder.mkdir()
            newest[age] = lake_of(folder, age, rows_per_day)
        found: dict[int, list[dict[str, float]]] = {age: [] for age in days}
        for turn in range(TURNS):
            for age in days:
                found[age].append(increment(folders[age], newest[age][turn]))
    print(f"{'':24}" + "".join(f"{f'{age} days':>16}" for age in days) + f"{'ratio':>10}")
    for what in found[days[0]][0]:
        medians = [statistics.median(one[what] for one in found[age]) for age in days]
        print(f"{what:24}" + "".join(f"{value:16,.1f}" for value in medians) + f"{medians[-1] / medians[0] if medians[0] else 0:10.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, nargs="+", default=[60, 240])
    parser.add_argument("--rows_per_day", type=int, default=3000)
    asked = parser.parse_args()
    measured(asked.days, asked.rows_per_day)
