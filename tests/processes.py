"""Runs in separate processes, and the tables that they must produce."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.ecommerce.daily import JOB as DAILY
from jobs.runtime.cli.lake_commands import COMMANDS
from jobs.runtime.spark.small_frames import content_hash
from schemas.table import Table
from tests import ROOT
from tests.conftest import HEADER, INTERPRETED, InProcess, line

# JVM options that make Spark interpret its queries.
HASTY = " ".join(f"-D{key}={value}" for key, value in INTERPRETED.items())
LAST, PUBLISH = "expectations", "publish"
HASHES = ROOT / "tests" / "runtime_lines" / "hashes.json"
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
    """Start a run with the C locale, as a scheduler may. `java` has additional options of its JVM."""
    plain = {**os.environ, "LC_ALL": "C", "SPARK_SUBMIT_OPTS": java}
    command = [sys.executable, "-m", "jobs", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, env=plain
    )


@dataclass(frozen=True)
class Steps:
    """Seconds from the start of a daily run to the progress line of each step, and to its publication."""

    said: Mapping[str, float]
    published: float

    @staticmethod
    def of(run: subprocess.Popen[str]) -> "Steps":
        """The steps of a run, which must succeed."""
        began, said, output = time.monotonic(), {"": 0.0}, ""
        with run:
            for text in run.stdout or ():
                output += text
                if step := _STEP.match(text):
                    said[step["name"]] = time.monotonic() - began
        assert run.returncode == 0, output
        return Steps(said, said.pop(PUBLISH))

    def moment(self, seconds: float) -> tuple[str, float]:
        """The last step before this instant, and the seconds since then: also valid on a slower machine."""
        name = [name for name, said in self.said.items() if said <= seconds][-1]
        return name, seconds - self.said[name]


_STEP = re.compile(r"  (?P<name>start Spark|report|[a-z_.]+) .* (?P<seconds>[\d.]+) s$")


def killed(run: subprocess.Popen[str], step: str, seconds: float) -> str | None:
    """Kill a run this many seconds after a step. Returns what it was doing, None if it had already ended."""
    said, output = [""], ""
    with run:
        assert run.stdout
        while step not in said and (text := run.stdout.readline()):
            output, found = output + text, _STEP.match(text)
            said += [found["name"]] if found else []
        time.sleep(seconds)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        rest = run.stdout.read()
    assert run.returncode in (-signal.SIGKILL, 0), output + rest
    said += [found["name"] for text in rest.splitlines() if (found := _STEP.match(text))]
    doing = {"": "start", LAST: "publishing", PUBLISH: "report", "report": "report"}
    return doing.get(said[-1], "staging") if run.returncode else None


def finished(daily: InProcess, source: Path, lake: Path) -> dict[str, str]:
    """Run once more in this process. Returns table -> content hash."""
    daily.path, daily.job = lake, DAILY
    assert daily.run(given=source) == 0, daily.output
    return hashes(daily)


def published(daily: InProcess, lake: Path, tables: Sequence[Table] = TABLES) -> dict[str, str]:
    """Tables of a lake: table -> content hash."""
    daily.path = lake
    assert daily.run("--table", "ops.runs", "--limit", "1", job=COMMANDS["show"]) == 0, daily.output
    return hashes(daily, tables)


def hashes(daily: InProcess, tables: Sequence[Table] = TABLES) -> dict[str, str]:
    return {table.name: content_hash(daily.table(table.name).select(*table.data_columns)) for table in tables}


def undisturbed() -> dict[str, str]:
    """The tables of one undisturbed run on what `deliver` makes: tests/runtime_lines checks that they are these."""
    recorded: dict[str, dict[str, str]] = json.loads(HASHES.read_text())
    return recorded["shop_of_nine_days"]
