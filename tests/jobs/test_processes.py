"""Runs as processes of their own: two at once, killed, stopped, and under spark-submit."""

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
from jobs import machine
from jobs.ecommerce.daily import JOB as DAILY
from jobs.frames import content_hash
from tests.conftest import HEADER, InProcess, line

pytestmark = [pytest.mark.process, pytest.mark.timeout(1800)]  # a busy machine runs them side by side with the other line
Weir = Callable[..., subprocess.CompletedProcess[str]]
TABLES = [table for job in DAILY.jobs for table in job.tables]
ROOT = Path(__file__).parents[2]


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


_UNDISTURBED: dict[str, str] = {}


@pytest.fixture
def undisturbed(daily: InProcess, tmp_path: Path) -> dict[str, str]:
    """The tables of one run that nothing disturbs: the same for all tests, since they deliver the same rows."""
    if not _UNDISTURBED:
        _UNDISTURBED.update(finished(daily, deliver(tmp_path / "in"), tmp_path / "undisturbed"))
    return _UNDISTURBED


def finished(daily: InProcess, source: Path, lake: Path) -> dict[str, str]:
    """Run once more, in the process of the tests, and return table -> content hash."""
    daily.path, daily.job = lake, DAILY
    assert daily.run(given=source) == 0, daily.told
    return {table.name: content_hash(daily.table(table.name).select(*table.data_columns)) for table in TABLES}


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_runs_at_once_one_publishes_and_the_other_gives_way(daily: InProcess, tmp_path: Path, undisturbed: dict[str, str], attempt: int) -> None:
    source, lake = deliver(tmp_path / "in"), tmp_path / "lake"
    arguments = ("ecommerce.daily", "--input", str(source), "--lake", str(lake))
    runs = []
    for _ in range(2):
        runs.append(start(*arguments))
        time.sleep(attempt * 0.7)
    told = [run.communicate(timeout=900)[0] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 4], [0, 0]), "\n".join(told)
    if codes == [0, 0]:
        assert sum("nothing new: every file is taken" in one for one in told) == 1, "\n".join(told)
    else:
        assert sum("another run published" in one for one in told) == 1, "\n".join(told)
    assert finished(daily, source, lake) == undisturbed


@pytest.mark.parametrize("moment", ["staging the first table", "staging the second table", "after the first branch of a mart"])
def test_a_run_that_is_killed_and_run_again_gives_the_undisturbed_tables(daily: InProcess, tmp_path: Path, undisturbed: dict[str, str], moment: str) -> None:
    source, lake = deliver(tmp_path / "in"), tmp_path / "lake"
    arguments = ("ecommerce.daily", "--input", str(source), "--lake", str(lake))
    table = {
        "staging the first table": "clean_events",
        "staging the second table": "rejected_events",
        "after the first branch of a mart": "visitor_first_seen",
    }[moment]
    run = start(*arguments)
    data = lake / "warehouse" / "ecommerce" / table
    waited = time.monotonic()
    # A branch is made in the second version of a table's metadata, right before its rows are written.
    while run.poll() is None and len(list(data.glob("metadata/*.metadata.json"))) < 2:
        assert time.monotonic() - waited < 900
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert finished(daily, source, lake) == undisturbed


def test_a_run_that_is_asked_to_end_says_so_in_seconds_and_is_recorded(weir: Weir, tmp_path: Path) -> None:
    source, lake = deliver(tmp_path / "in"), tmp_path / "lake"
    run = start("ecommerce.daily", "--input", str(source), "--lake", str(lake))
    while run.poll() is None and not (lake / "warehouse" / "ops" / "files" / "data").exists():
        time.sleep(0.05)
    asked = time.monotonic()
    run.send_signal(signal.SIGTERM)
    told = run.communicate(timeout=300)[0]
    assert (run.returncode, time.monotonic() - asked < 90) == (143, True), told
    assert "ended with 143: asked to end by SIGTERM" in told
    recorded = weir("runs", "--lake", str(lake))
    assert recorded.stdout.count("stopped") == len(TABLES), recorded.stdout


def test_a_spark_that_has_iceberg_itself_finds_the_driver_of_the_catalog(weir: Weir, tmp_path: Path) -> None:
    """As Glue's image has, and many a cluster: then Iceberg does not see what a session adds."""
    iceberg = next(jar for jar in machine.jars(machine.line().packages) if "iceberg" in jar.name)
    source = deliver(tmp_path / "in", rows=20)
    environment = {**os.environ, "SPARK_DIST_CLASSPATH": str(iceberg)}
    done = weir("ecommerce.clean_events", "--input", str(source), "--lake", str(tmp_path / "lake"), env=environment)
    assert (done.returncode, "20 rows read = 20 kept" in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_wheel_and_a_script_in_an_empty_folder_run_under_spark_submit(daily: InProcess, tmp_path: Path, undisturbed: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True)
    shutil.copy(ROOT / "jobs" / "ecommerce" / "daily.py", tmp_path / "daily.py")
    [wheel] = tmp_path.glob("weir_etl-*.whl")
    here = machine.line()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"JAVA_HOME": str(machine.java_home(here)), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    (tmp_path / "weir-spark.conf").write_text(spark_conf(here) + f"spark.jars.ivy {machine.cache_folder() / 'ivy'}\n")
    submit = [str(Path(sys.executable).parent / "spark-submit"), "--master", "local[2]", "--py-files", wheel.name]
    arguments = ["daily.py", "--input", str(deliver(tmp_path / "in")), "--lake", str(tmp_path / "lake"), "--summary_json", str(tmp_path / "summary.json")]

    def run(*extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*submit, *extra, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900, check=False)

    without = run()
    assert without.returncode == 2, without.stdout + without.stderr
    assert f"start it with --packages {','.join(here.packages)}" in without.stdout + without.stderr
    done = run("--properties-file", "weir-spark.conf")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {table["status"] for table in json.loads((tmp_path / "summary.json").read_text())["tables"]} == {"published"}
    assert finished(daily, tmp_path / "in", tmp_path / "lake") == undisturbed
