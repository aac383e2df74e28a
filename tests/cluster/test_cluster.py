"""The daily job on a Spark cluster with one master and two workers."""

import os
import signal
import time
from pathlib import Path

import pytest

from benchmarks.cluster import FAST_JVM, cluster
from tests.conftest import InProcess
from tests.faults import fault
from tests.processes import deliver, published, undisturbed

pytestmark = pytest.mark.timeout(1800)


@fault(
    "R02",
    injected="kill -9 of a worker on a cluster of two",
    checked="the run finishes; the same tables as on one machine",
)
def test_a_cluster_that_loses_a_worker_gives_the_tables_that_one_machine_gives(
    daily: InProcess, tmp_path: Path
) -> None:
    source = deliver(tmp_path / "in")
    with cluster(tmp_path, workers=2, java=FAST_JVM) as spark:
        run = spark.submit(tmp_path / "job", source)
        # The second version of its metadata exists once the first table is created and being filled.
        metadata = tmp_path / "job" / "lake" / "warehouse" / "ecommerce" / "clean_events" / "metadata"
        while run.poll() is None and len(list(metadata.glob("*.metadata.json"))) < 2:
            time.sleep(0.05)
        log = tmp_path / "job" / "log"
        assert run.poll() is None, log.read_text()
        os.killpg(spark.workers[0].pid, signal.SIGKILL)
        assert run.wait(timeout=1500) == 0, log.read_text()
    assert "Lost executor" in log.read_text()
    executors = [len(list((tmp_path / f"work{number}").glob("app-*/*/stderr"))) for number in range(2)]
    assert min(executors) > 0, "an executor on each worker"
    assert published(daily, tmp_path / "job" / "lake") == undisturbed()
