"""Runs as processes of their own, and the tables that they have to end with."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from jobs.ecommerce.daily import JOB as DAILY
from jobs.frames import content_hash
from tests.conftest import HEADER, INTERPRETED, InProcess, line

# What a daily run has said when it comes to each of its phases.
PHASES = {"start": "", "staging": "  start Spark ", "publishing": f"  {DAILY.jobs[-1].name} ", "report": "  report "}
TABLES = [table for job in DAILY.jobs for table in job.tables]


def deliver(folder: Path, rows: int = 2_000) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = (line(product_id=str(number), user_id=str(number % 97), event_time=f"2019-10-0{1 + number % 9} 1{number % 10}:00:00") for number in range(rows))
    (folder / "ä.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return folder


def start(*arguments: str, java: str = "") -> subprocess.Popen[str]:
    """A run in the locale in which a scheduler may start it; `java` are more options of its JVM."""
    # A process of a minute ends before an optimising compiler has won back what it spends. Without one the room for
    # compiled code shrinks to 48 MB, which eleven tables fill, and Spark ends its process when it is full.
    options = f"-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC {java}"
    plain = {**os.environ, "LC_ALL": "C", "SPARK_SUBMIT_OPTS": options}
    command = [sys.executable, "-m", "jobs", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, env=plain)


def hasty(classes: Path) -> str:
    """Options of a JVM that reads its classes from an archive, which the first run makes when it ends, and interprets queries."""
    archive = f"-XX:SharedArchiveFile={classes}" if classes.exists() else f"-XX:ArchiveClassesAtExit={classes}"
    return " ".join([archive, "-Xlog:disable", *(f"-D{key}={value}" for key, value in INTERPRETED.items())])


def followed(run: subprocess.Popen[str]) -> dict[str, float]:
    """Wait for the end of a run, which has to be a good one: how many seconds each phase took."""
    came, told, of_report = {"start": time.monotonic()}, [], 0.0
    with run:
        for text in run.stdout or ():
            told.append(text)
            came |= {phase: time.monotonic() for phase, says in PHASES.items() if says and text.startswith(says)}
            if text.startswith(PHASES["report"]):
                of_report = float(text.split()[-2])
    assert run.returncode == 0, "".join(told)
    took = {phase: came[after] - came[phase] for phase, after in zip(came, list(came)[1:], strict=False)}
    return {**took, "publishing": took["publishing"] - of_report}


def killed(run: subprocess.Popen[str], phase: str, seconds: float) -> str | None:
    """Kill a run so many seconds into a phase: the phase in which it died; None if it had ended before."""
    told = ""
    with run:
        assert run.stdout
        while PHASES[phase] not in told and (text := run.stdout.readline()):
            told += text
        time.sleep(seconds)
        lives = run.poll() is None
        if lives:
            os.killpg(run.pid, signal.SIGKILL)
        told += run.stdout.read()
    assert run.returncode == (-signal.SIGKILL if lives else 0), told
    return [phase for phase, says in PHASES.items() if says in told][-1] if lives else None


def finished(daily: InProcess, source: Path, lake: Path) -> dict[str, str]:
    """Run once more, in the process of the tests, and return table -> content hash."""
    daily.path, daily.job = lake, DAILY
    assert daily.run(given=source) == 0, daily.told
    return {table.name: content_hash(daily.table(table.name).select(*table.data_columns)) for table in TABLES}
