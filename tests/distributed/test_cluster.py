"""A Spark cluster of its own on this machine: one master, two workers, each process by itself."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.bundle import ROOT, spark_conf
from jobs import cache, machine
from jobs.ecommerce.daily import JOB as DAILY
from tests.conftest import InProcess
from tests.faults import fault
from tests.processes import deliver, finished

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Cluster:
    master: str
    workers: list[subprocess.Popen[bytes]]


def environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # Short lives: an optimising compiler would not win back what it spends.
    java = {"JAVA_HOME": str(machine.java_home(machine.line())), "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"}
    return {**ours, **java, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


def spark_class(log: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [str(BIN / "spark-class"), f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0", *arguments]
    with log.open("wb") as told:
        return subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT, env=environment(), start_new_session=True)


def awaited(log: Path, pattern: str) -> str:
    for _ in range(600):
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found[0]
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    started = [spark_class(tmp_path / "master.log", "master.Master")]
    try:
        master = awaited(tmp_path / "master.log", r"spark://127\.0\.0\.1:\d+")
        for number in range(2):
            log, work = tmp_path / f"worker{number}.log", tmp_path / f"work{number}"
            started.append(spark_class(log, "worker.Worker", "--cores", "1", "--memory", "2g", "--work-dir", str(work), master))
            awaited(log, "Successfully registered with master")
        yield Cluster(master, started[1:])
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def submit(cluster: Cluster, folder: Path, source: Path) -> subprocess.Popen[bytes]:
    """The daily job on the cluster, from a folder that holds the wheel, the script and the properties, nothing else of Weir."""
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    [wheel] = folder.glob("weir_etl-*.whl")
    shutil.copy(ROOT / "jobs" / "ecommerce" / "daily.py", folder)
    ivy = f"spark.jars.ivy {cache.folder() / 'ivy'}\n"
    (folder / "weir-spark.conf").write_text(spark_conf(machine.line()) + ivy)
    memory = ["--conf", "spark.executor.memory=1g", "--conf", "spark.driver.bindAddress=127.0.0.1", "--conf", "spark.driver.host=127.0.0.1"]
    command = [str(BIN / "spark-submit"), "--master", cluster.master, "--properties-file", "weir-spark.conf", *memory, "--py-files", wheel.name]
    arguments = ["daily.py", "--input", str(source), "--lake", str(folder / "lake")]
    # Not a pipe: nobody empties it while the test waits, and Spark's log soon fills it.
    with (folder / "log").open("wb") as log:
        return subprocess.Popen([*command, *arguments], cwd=folder, env=environment(), stdout=log, stderr=subprocess.STDOUT)


@fault("R02", injected="kill -9 of a worker on a cluster of two", checked="the run finishes; the tables of one machine")
def test_a_cluster_that_loses_a_worker_gives_the_tables_that_one_machine_gives(daily: InProcess, tmp_path: Path, cluster: Cluster) -> None:
    source = deliver(tmp_path / "in")
    run = submit(cluster, tmp_path / "job", source)
    # Its first table is made and being filled when the second version of its metadata is there.
    metadata = tmp_path / "job" / "lake" / "warehouse" / "ecommerce" / "clean_events" / "metadata"
    while run.poll() is None and len(list(metadata.glob("*.metadata.json"))) < 2:
        time.sleep(0.05)
    log = tmp_path / "job" / "log"
    assert run.poll() is None, log.read_text()
    os.killpg(cluster.workers[0].pid, signal.SIGKILL)
    assert run.wait(timeout=1500) == 0, log.read_text()
    assert "Lost executor" in log.read_text()
    executors = [len(list((tmp_path / f"work{number}").glob("app-*/*/stderr"))) for number in range(2)]
    assert min(executors) > 0, "an executor on each worker"
    daily.job = DAILY
    made = finished(daily, source, tmp_path / "job" / "lake")
    assert "nothing new: every file is taken" in daily.told
    assert made == finished(daily, source, tmp_path / "here")
