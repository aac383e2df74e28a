"""Start a Spark standalone cluster on this machine and submit the daily job to it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.bundle import ROOT, spark_conf
from jobs.runtime.spark import local_setup
from jobs.runtime.storage import cache_folder

# For short-lived processes: the optimizing JIT compiler would cost more than it saves.
FAST_JVM = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Cluster:
    """`java` are JVM options of all processes."""

    master: str
    workers: list[subprocess.Popen[bytes]]
    java: str

    def submit(self, folder: Path, source: Path, *arguments: str) -> subprocess.Popen[bytes]:
        """Submit the daily job from a new folder with just the wheel, the script and the properties.

        The lake and the log are written there too.
        """
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT], check=True
        )
        [wheel] = folder.glob("weir_etl-*.whl")
        shutil.copy(ROOT / "jobs" / "ecommerce" / "daily.py", folder)
        ivy = f"spark.jars.ivy {cache_folder.folder() / 'ivy'}\n"
        (folder / "weir-spark.conf").write_text(spark_conf(local_setup.runtime_line()) + ivy)
        settings = ["spark.executor.memory=1g", "spark.driver.bindAddress=127.0.0.1", "spark.driver.host=127.0.0.1"]
        options = [word for setting in settings for word in ("--conf", setting)]
        command = [
            str(_BIN / "spark-submit"),
            "--master",
            self.master,
            "--properties-file",
            "weir-spark.conf",
            *options,
            "--py-files",
            wheel.name,
        ]
        job = ["daily.py", "--input", str(source), "--lake", str(folder / "lake"), *arguments]
        # Not a pipe: nothing reads it during the run, and Spark's log would fill it.
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                [*command, *job], cwd=folder, env=_environment(self.java), stdout=log, stderr=subprocess.STDOUT
            )


@contextmanager
def cluster(folder: Path, workers: int, java: str = "") -> Iterator[Cluster]:
    """Run a master and `workers` one-core workers, with logs and work folders in `folder`."""
    started = [_spark_class(folder / "master.log", java, "master.Master")]
    try:
        master = _wait_for(folder / "master.log", r"spark://127\.0\.0\.1:\d+")
        for number in range(workers):
            log, work = folder / f"worker{number}.log", folder / f"work{number}"
            started.append(
                _spark_class(
                    log, java, "worker.Worker", "--cores", "1", "--memory", "2g", "--work-dir", str(work), master
                )
            )
            _wait_for(log, "Successfully registered with master")
        yield Cluster(master, started[1:], java)
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment(java: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    overrides = {"JAVA_HOME": str(local_setup.java_home(local_setup.runtime_line())), "JDK_JAVA_OPTIONS": java}
    return {**inherited, **overrides, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


def _spark_class(log: Path, java: str, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [
        str(_BIN / "spark-class"),
        f"org.apache.spark.deploy.{name}",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--webui-port",
        "0",
        *arguments,
    ]
    with log.open("wb") as output:
        return subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=_environment(java), start_new_session=True
        )


def _wait_for(log: Path, pattern: str) -> str:
    for _ in range(600):
        if match := re.search(pattern, log.read_text(errors="replace")):
            return match[0]
        time.sleep(0.2)
    raise AssertionError(log.read_text())
