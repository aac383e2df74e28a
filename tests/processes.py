"""Runs as processes of their own, and the tables that they have to end with."""

import os
import subprocess
import sys
from pathlib import Path

from jobs.ecommerce.daily import JOB as DAILY
from jobs.frames import content_hash
from tests.conftest import HEADER, InProcess, line

TABLES = [table for job in DAILY.jobs for table in job.tables]


def deliver(folder: Path, rows: int = 2_000) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = (line(product_id=str(number), user_id=str(number % 97), event_time=f"2019-10-0{1 + number % 9} 1{number % 10}:00:00") for number in range(rows))
    (folder / "ä.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return folder


def start(*arguments: str) -> subprocess.Popen[str]:
    """A run in the locale in which a scheduler may start it."""
    # A process of a minute ends before an optimising compiler has won back what it spends. Without one the room for
    # compiled code shrinks to 48 MB, which eleven tables fill, and Spark ends its process when it is full.
    plain = {**os.environ, "LC_ALL": "C", "SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"}
    command = [sys.executable, "-m", "jobs", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, env=plain)


def finished(daily: InProcess, source: Path, lake: Path) -> dict[str, str]:
    """Run once more, in the process of the tests, and return table -> content hash."""
    daily.path, daily.job = lake, DAILY
    assert daily.run(given=source) == 0, daily.told
    return {table.name: content_hash(daily.table(table.name).select(*table.data_columns)) for table in TABLES}
