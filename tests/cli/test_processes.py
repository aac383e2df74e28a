"""Runs in separate processes: stopped, on a Spark that bundles Iceberg, under spark-submit.

Faults that do more harm to a lake are in tests/faults.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.bundle import spark_conf
from jobs.runtime.spark import jars, local_setup
from jobs.runtime.storage import cache_folder
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests import ROOT
from tests.conftest import InProcess
from tests.faults import fault
from tests.processes import TABLES, deliver, finished, published, start, undisturbed

pytestmark = pytest.mark.timeout(1800)
Weir = Callable[..., subprocess.CompletedProcess[str]]


@fault("R09", injected="SIGTERM", checked="143 within two seconds, recorded as stopped; the next run: the same tables")
def test_sigterm_ends_a_run_in_two_seconds_and_is_recorded_as_stopped(
    weir: Weir, daily: InProcess, tmp_path: Path
) -> None:
    source, lake = deliver(tmp_path / "in"), tmp_path / "lake"
    run = start("ecommerce.daily", "--input", str(source), "--lake", str(lake))
    while run.poll() is None and not (lake / "warehouse" / "ops" / "files" / "data").exists():
        time.sleep(0.05)
    asked = time.monotonic()
    os.killpg(run.pid, signal.SIGTERM)
    run.wait(timeout=300)
    seconds = time.monotonic() - asked
    output = run.communicate(timeout=300)[0]  # Java, which writes to the same pipe, ends a little later
    assert (run.returncode, seconds < 2.2) == (143, True), (seconds, output)
    assert "ended with 143: stopped by SIGTERM" in output
    recorded = weir("runs", "--lake", str(lake))
    assert recorded.stdout.count("stopped by SIGTERM") == len(TABLES), recorded.stdout
    assert finished(daily, source, lake) == undisturbed()


@pytest.mark.nightly
def test_a_spark_that_has_iceberg_itself_finds_the_driver_of_the_catalog(weir: Weir, tmp_path: Path) -> None:
    """As in the image of Glue and on many clusters: Iceberg does not see settings that are added by a session."""
    iceberg = next(jar for jar in jars.fetch_jars(local_setup.runtime_line().packages) if "iceberg" in jar.name)
    source = deliver(tmp_path / "in", rows=20)
    environment = {**os.environ, "SPARK_DIST_CLASSPATH": str(iceberg)}
    done = weir("ecommerce.clean_events", "--input", str(source), "--lake", str(tmp_path / "lake"), env=environment)
    assert (done.returncode, "20 rows read = 20 kept" in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_wheel_and_a_script_in_an_empty_folder_run_under_spark_submit(daily: InProcess, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True
    )
    shutil.copy(ROOT / "jobs" / "ecommerce" / "clean_events.py", tmp_path / "clean_events.py")
    [wheel] = tmp_path.glob("weir_etl-*.whl")
    here = local_setup.runtime_line()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {
        "JAVA_HOME": str(local_setup.java_home(here)),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    (tmp_path / "weir-spark.conf").write_text(spark_conf(here) + f"spark.jars.ivy {cache_folder.folder() / 'ivy'}\n")
    submit = [str(Path(sys.executable).parent / "spark-submit"), "--master", "local[2]", "--py-files", wheel.name]
    arguments = [
        "clean_events.py",
        "--input",
        str(deliver(tmp_path / "in")),
        "--lake",
        str(tmp_path / "lake"),
        "--summary_json",
        str(tmp_path / "summary.json"),
    ]

    def run(*extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*submit, *extra, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    without = run()
    assert without.returncode == 2, without.stdout + without.stderr
    assert f"start it with --packages {','.join(here.packages)}" in without.stdout + without.stderr
    done = run("--properties-file", "weir-spark.conf")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {table["status"] for table in json.loads((tmp_path / "summary.json").read_text())["tables"]} == {"published"}
    tables = [CLEAN_EVENTS]
    assert published(daily, tmp_path / "lake", tables) == {table.name: undisturbed()[table.name] for table in tables}
