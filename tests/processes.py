"""Runs as processes of their own, and the tables that they have to end with."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobs.ecommerce.daily import JOB as DAILY
from jobs.runtime.spark.frames import content_hash
from tests.conftest import HEADER, INTERPRETED, InProcess, line

# Options of a JVM that interprets queries.
HASTY = " ".join(f"-D{key}={value}" for key, value in INTERPRETED.items())
LAST, PUBLISH = "expectations", "publish"
TABLES = [table for job in DAILY.jobs for table in job.tables]


def deliver(folder: Path, rows: int = 2_000) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = (
        line(
            product_id=str(number),
            user_id=str(number % 97),
            event_time=f"2019-10-0{1 + number % 9} 1{number % 10}:00:00",
        )
        for number in range(rows)
    )
    (folder / "ä.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return folder


def start(*arguments: str, java: str = "") -> subprocess.Popen[str]:
    """A run in the locale in which a scheduler may start it; `java` are more options of its JVM."""
    plain = {**os.environ, "LC_ALL": "C", "SPARK_SUBMIT_OPTS": java}
    command = [sys.executable, "-m", "jobs", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, env=plain
    )


@dataclass(frozen=True)
class Steps:
    """When a daily run, in seconds from its start, said that a step was done; and when it had published."""

    said: Mapping[str, float]
    published: float

    @staticmethod
    def of(run: subprocess.Popen[str]) -> "Steps":
        """Those of a run, which has to end well."""
        began, said, told = time.monotonic(), {"": 0.0}, ""
        with run:
            for text in run.stdout or ():
                told += text
                if step := _STEP.match(text):
                    said[step["name"]] = time.monotonic() - began
        assert run.returncode == 0, told
        return Steps(said, said.pop(PUBLISH))

    def moment(self, seconds: float) -> tuple[str, float]:
        """The step after which this instant comes, and by how much: that holds on a busy machine too."""
        name = [name for name, said in self.said.items() if said <= seconds][-1]
        return name, seconds - self.said[name]


_STEP = re.compile(r"  (?P<name>start Spark|report|[a-z_.]+) .* (?P<seconds>[\d.]+) s$")


def killed(run: subprocess.Popen[str], step: str, seconds: float) -> str | None:
    """Kill a run so many seconds after a step: what it was doing; None if it had ended before."""
    said, told = [""], ""
    with run:
        assert run.stdout
        while step not in said and (text := run.stdout.readline()):
            told, found = told + text, _STEP.match(text)
            said += [found["name"]] if found else []
        time.sleep(seconds)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        rest = run.stdout.read()
    assert run.returncode in (-signal.SIGKILL, 0), told + rest
    said += [found["name"] for text in rest.splitlines() if (found := _STEP.match(text))]
    doing = {"": "start", LAST: "publishing", PUBLISH: "report", "report": "report"}
    return doing.get(said[-1], "staging") if run.returncode else None


def finished(daily: InProcess, source: Path, lake: Path) -> dict[str, str]:
    """Run once more, in the process of the tests, and return table -> content hash."""
    daily.path, daily.job = lake, DAILY
    assert daily.run(given=source) == 0, daily.told
    return {table.name: content_hash(daily.table(table.name).select(*table.data_columns)) for table in TABLES}
