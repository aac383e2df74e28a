"""Run jobs in this process and measure their resource usage."""

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
Usage = Sequence[float]


def run_job(job: Any, lake: Path, *arguments: str) -> float:
    """Run a job on a lake and return its seconds."""
    if spark := SparkSession.getActiveSession():
        spark._jsparkSession.sessionState().catalogManager().reset()
    started, output = time.monotonic(), StringIO()
    with redirect_stdout(output):
        code = run.main(job, ["--lake", str(lake), *arguments])
    if code:
        raise SystemExit(output.getvalue())
    return time.monotonic() - started


def processor_seconds(spark: SparkSession) -> float:
    """CPU seconds of this process and its JVM since they started, according to Linux."""
    gateway: Any = spark.sparkContext._gateway
    times = Path(f"/proc/{gateway.proc.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def measure_steps(job: Any, lake: Path, *arguments: str) -> dict[str, Usage]:
    """Run a job with its steps in sequence. Returns seconds, kilobytes and files per step and for the whole run."""
    steps: dict[str, Usage] = {}
    meter = Meter(SparkSession.getActiveSession())

    class Measured(Progress):
        @contextmanager
        def step(self, name: str) -> Iterator[list[str]]:
            before = meter.read()
            with super().step(name) as output:
                yield output
            steps[name] = _difference(meter.read(), before)

    before = meter.read()
    with patch.object(run, "Progress", Measured), patch.object(threads, "MAX_THREADS", 1):
        run_job(job, lake, *arguments)
    return {**steps, "the whole run": _difference(meter.read(), before)}


class Meter:
    """Measures wall seconds, kilobytes read from data and metadata files, and data files planned by table scans."""

    def __init__(self, spark: Any) -> None:
        self.bus, self.queries = spark._jsc.sc().listenerBus(), spark._jsparkSession.sharedState().statusStore()
        self.local = spark._jvm.org.apache.hadoop.fs.GlobalStorageStatistics.INSTANCE.get("file")
        self.files, self.next_query = (
            0,
            1 + max((query.executionId() for query in _each(self.queries.executionsList())), default=-1),
        )

    def read(self) -> Usage:
        self.bus.waitUntilEmpty()
        while (query := self.queries.execution(self.next_query)).isDefined():
            self.files += self._scanned(query.get())
            self.next_query += 1
        # Reads by Python, including DuckDB, are not in Hadoop's statistics.
        python_bytes = int(re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())[1])  # type: ignore[index]
        return time.monotonic(), (self.local.getLong("bytesRead") + python_bytes) / 1024, self.files

    def _scanned(self, query: Any) -> int:
        values = self.queries.executionMetrics(query.executionId())
        texts = [values.get(metric.accumulatorId()) for metric in _each(query.metrics()) if metric.name() == FILES]
        return sum(int(text.get().replace(",", "")) for text in texts if text.isDefined())


def _difference(now: Usage, before: Usage) -> Usage:
    return [after - earlier for after, earlier in zip(now, before, strict=True)]


def _each(items: Any) -> Iterator[Any]:
    return (items.apply(at) for at in range(items.size()))
