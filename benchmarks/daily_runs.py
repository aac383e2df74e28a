"""Daily runs in this process, as a person starts them, and what they spend."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pyspark.sql import SparkSession

from jobs.runtime import run
from jobs.runtime.batch.progress import Progress
from jobs.runtime.spark import threads

FILES = "number of result data files"
Spent = Sequence[float]


def ran(job: Any, lake: Path, *arguments: str) -> float:
    """Seconds of a run on a lake."""
    if spark := SparkSession.getActiveSession():
        spark._jsparkSession.sessionState().catalogManager().reset()
    started, told = time.monotonic(), StringIO()
    with redirect_stdout(told):
        code = run.main(job, ["--lake", str(lake), *arguments])
    if code:
        raise SystemExit(told.getvalue())
    return time.monotonic() - started


def processor_seconds(spark: SparkSession) -> float:
    """What this process and its Java have spent since they began, as Linux knows it."""
    gateway: Any = spark.sparkContext._gateway
    times = Path(f"/proc/{gateway.proc.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def spent(job: Any, lake: Path, *arguments: str) -> dict[str, Spent]:
    """Seconds, kilobytes and files of each step of a run, one step after the other, and of the whole run."""
    steps: dict[str, Spent] = {}
    meter = Meter(SparkSession.getActiveSession())

    class Measured(Progress):
        @contextmanager
        def step(self, name: str) -> Iterator[list[str]]:
            before = meter.read()
            with super().step(name) as told:
                yield told
            steps[name] = _difference(meter.read(), before)

    before = meter.read()
    with patch.object(run, "Progress", Measured), patch.object(threads, "AT_ONCE", 1):
        ran(job, lake, *arguments)
    return {**steps, "the whole run": _difference(meter.read(), before)}


class Meter:
    """Seconds that have passed, kilobytes read from files, be it data or metadata, and data files that scans of tables were to read."""

    def __init__(self, spark: Any) -> None:
        self.bus, self.queries = spark._jsc.sc().listenerBus(), spark._jsparkSession.sharedState().statusStore()
        self.local = spark._jvm.org.apache.hadoop.fs.GlobalStorageStatistics.INSTANCE.get("file")
        self.files, self.next_query = (
            0,
            1 + max((one.executionId() for one in _each(self.queries.executionsList())), default=-1),
        )

    def read(self) -> Spent:
        self.bus.waitUntilEmpty()
        while (query := self.queries.execution(self.next_query)).isDefined():
            self.files += self._scanned(query.get())
            self.next_query += 1
        # What Python reads, DuckDB in it, Hadoop does not know.
        of_python = int(re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())[1])  # type: ignore[index]
        return time.monotonic(), (self.local.getLong("bytesRead") + of_python) / 1024, self.files

    def _scanned(self, query: Any) -> int:
        values = self.queries.executionMetrics(query.executionId())
        texts = [values.get(metric.accumulatorId()) for metric in _each(query.metrics()) if metric.name() == FILES]
        return sum(int(text.get().replace(",", "")) for text in texts if text.isDefined())


def _difference(now: Spent, before: Spent) -> Spent:
    return [one - other for one, other in zip(now, before, strict=True)]


def _each(items: Any) -> Iterator[Any]:
    return (items.apply(at) for at in range(items.size()))
