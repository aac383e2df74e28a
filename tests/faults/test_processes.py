"""Runs that are killed, and runs at the same time: what is published in the end is what an undisturbed run gives."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import InProcess
from tests.processes import deliver, finished, start

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]
TIMES = int(os.environ.get("WEIR_FAULTS", "1"))


@pytest.mark.parametrize("attempt", range(TIMES))
def test_of_two_runs_at_once_one_publishes_and_the_other_gives_way(daily: InProcess, tmp_path: Path, undisturbed: dict[str, str], attempt: int) -> None:
    source, lake = deliver(tmp_path / "in"), tmp_path / "lake"
    arguments = ("ecommerce.daily", "--input", str(source), "--lake", str(lake))
    runs = []
    for _ in range(2):
        runs.append(start(*arguments))
        time.sleep(attempt % 5 * 0.7)
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
