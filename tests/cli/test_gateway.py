"""How the JVM is started for Spark."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.runtime.spark import class_archive, local_setup

_START = """
import sys
from jobs.runtime.spark import session
spark = session.start(session.catalog_settings(sys.argv[1], None))
print(spark._jvm.java.lang.System.getProperty("sun.java.command").split()[0], spark.range(3).count())
"""
pytestmark = pytest.mark.skipif(
    not class_archive.launch_options_path(local_setup.archive_path(local_setup.runtime_line())).exists(),
    reason="no options are kept: `python -m jobs setup` was not run",
)


def started(lake: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {**os.environ, "SPARK_SUBMIT_OPTS": "", **environment}
    return subprocess.run(
        [sys.executable, "-c", _START, str(lake)], env=own, capture_output=True, text=True, check=False
    )


def test_java_is_started_at_once(tmp_path: Path) -> None:
    done = started(tmp_path)
    assert done.stdout.splitlines()[-1] == "org.apache.spark.api.python.PythonGatewayServer 3", done.stderr


def test_sparks_scripts_are_asked_where_a_person_has_set_something_up_for_them(tmp_path: Path) -> None:
    (tmp_path / "spark-defaults.conf").touch()
    done = started(tmp_path, SPARK_CONF_DIR=str(tmp_path))
    assert done.stdout.splitlines()[-1] == "org.apache.spark.deploy.SparkSubmit 3", done.stderr


def test_a_java_that_does_not_start_is_reported_with_its_output(tmp_path: Path) -> None:
    done = started(tmp_path, SPARK_SUBMIT_OPTS="-Xmx1k")
    assert done.returncode == 1
    assert "Too small maximum heap" in done.stdout + done.stderr
    assert "bin/java exited at once with code 1; see its output above" in done.stderr
