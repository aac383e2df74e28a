"""How the JVM is started for Spark."""

import os
import subprocess
import sys
from pathlib import Path

_START = """
import sys
from jobs.runtime.spark import session
settings = session.catalog_settings(sys.argv[1], None)
spark = session.start({**settings, "spark.sql.catalog.lake.jdbc.password": "hunter2"})
pid = spark._jvm.java.lang.ProcessHandle.current().pid()
print(spark.range(3).count(), open(f"/proc/{pid}/cmdline").read().count("hunter2"))
"""


def started(lake: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {**os.environ, "SPARK_SUBMIT_OPTS": "", **environment}
    return subprocess.run(
        [sys.executable, "-c", _START, str(lake)], env=own, capture_output=True, text=True, check=False
    )


def test_the_credentials_of_a_catalog_are_not_on_the_command_line_of_java(tmp_path: Path) -> None:
    done = started(tmp_path)
    assert done.stdout.splitlines()[-1] == "3 0", done.stderr


def test_a_java_that_does_not_start_is_reported_with_its_output(tmp_path: Path) -> None:
    done = started(tmp_path, SPARK_SUBMIT_OPTS="-agentlib:missing")
    assert done.returncode == 1
    assert "Could not find agent library missing" in done.stdout + done.stderr
