"""Concurrent work on one lake: it publishes what a single run publishes, and readers see nothing else."""

import os
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.ecommerce.daily import JOB as DAILY
from jobs.runtime.spark.small_frames import content_hash
from schemas.ops.runs import RUNS
from schemas.table import Table
from tests.conftest import InProcess
from tests.faults.ten_days import TenDays
from tests.processes import HASTY, TABLES, start
from tests.readers import catalog, content_of, rows

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1800)]
TIMES = int(os.environ.get("WEIR_FAULTS", "1"))
# Seconds between the starts of two runs, times the attempt. A run of a second day takes far longer than its start.
APART, MEET = 0.7, 5.0
Look = Callable[[Table], str]
Seen = dict[str, set[str]]


@dataclass(frozen=True)
class SecondDay:
    """A lake with one day, when a second is delivered; per kind of reader, the allowed states of each table."""

    shop: TenDays
    lake: Path
    looks: dict[str, Look]
    say: Callable[[str], None]
    before: dict[str, Seen]
    after: dict[str, Seen]

    def daily(self) -> subprocess.Popen[str]:
        return self.shop.run(self.lake, HASTY)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Readers of each kind read all tables repeatedly. None may fail or see a state that was never published."""
        ended, seen = threading.Event(), {kind: defaultdict[str, set[str]](set) for kind in self.looks}

        def read(kind: str) -> int:
            rounds = 0
            while not ended.is_set():
                for table in TABLES:
                    seen[kind][table.name].add(self.looks[kind](table))
                    time.sleep(0.1)
                rounds += 1
            return rounds

        with ThreadPoolExecutor() as pool:
            reading = {kind: pool.submit(read, kind) for kind in self.looks}
            try:
                yield
            finally:
                ended.set()
            self.say(f"rounds of readers: { {kind: rounds.result() for kind, rounds in reading.items()} }")
        odd = {
            (kind, name)
            for kind in seen
            for name, found in seen[kind].items()
            if found - self.before[kind][name] - self.after[kind][name]
        }
        assert odd == set()
        assert {kind: _state(look) for kind, look in self.looks.items()} == self.after


_AFTER: dict[str, Seen] = {}


@pytest.fixture
def second_day(daily: InProcess, tmp_path: Path) -> Iterator[SecondDay]:
    daily.job = DAILY
    with ExitStack() as opened:
        if not _AFTER:
            _taken(daily, tmp_path / "alone", days=2)
            _AFTER.update({kind: _state(look) for kind, look in _looks(daily, opened).items()})
        shop = _taken(daily, tmp_path / "shared", days=1)
        looks = _looks(daily, opened)
        shop.deliver(2)
        yield SecondDay(
            shop, daily.path, looks, daily.say, {kind: _state(look) for kind, look in looks.items()}, _AFTER
        )


def _taken(daily: InProcess, folder: Path, days: int) -> TenDays:
    folder.mkdir()
    shop, daily.path = TenDays(folder), folder / "lake"
    for day in range(1, days + 1):
        shop.deliver(day)
        assert daily.run(given=shop.input) == 0, daily.output
    return shop


def _looks(daily: InProcess, opened: ExitStack) -> dict[str, Look]:
    lake = opened.enter_context(catalog(daily.path))
    return {
        "Spark": lambda table: content_hash(daily.table(table.name).select(*table.data_columns)),
        "PyIceberg": lambda table: content_of(rows(lake, table), table),
    }


def _state(look: Look) -> Seen:
    return {table.name: {look(table)} for table in TABLES}


@pytest.mark.fault(
    "R05",
    injected="two daily runs at once",
    checked="one publishes, the other gives up; the same tables; readers see only published states",
)
@pytest.mark.parametrize("attempt", range(TIMES))
def test_of_two_runs_at_once_one_publishes_and_the_other_gives_way(second_day: SecondDay, attempt: int) -> None:
    runs = []
    with second_day.watched():
        for _ in range(2):
            runs.append(second_day.daily())
            time.sleep(attempt * APART)
        outputs = [run.communicate(timeout=900)[0] for run in runs]
    codes = sorted(run.returncode for run in runs)
    # Runs that start this close together conflict: both find the new file.
    assert codes in ([[0, 4]] if attempt * APART < MEET else [[0, 4], [0, 0]]), "\n".join(outputs)
    gave_way = "another run published" if codes == [0, 4] else "nothing new: every file is already taken"
    assert sum(gave_way in one for one in outputs) == 1, "\n".join(outputs)
    assert second_day.shop.astray(second_day.lake) == (0, 0)
    second_day.say(f"{attempt * APART:.1f} s apart: {codes}")


@pytest.mark.fault(
    "R05", injected="lake.maintain during a daily run", checked="maintenance gives up; the run publishes"
)
def test_maintenance_during_a_run_gives_way_to_it(second_day: SecondDay) -> None:
    with second_day.watched(), catalog(second_day.lake) as lake:
        recorded = len(rows(lake, RUNS))
        run = second_day.daily()
        while run.poll() is None and len(rows(lake, RUNS)) == recorded:
            time.sleep(0.1)
        care = start("lake.maintain", "--lake", str(second_day.lake), java=HASTY)
        outputs = care.communicate(timeout=900)[0]
        assert run.poll() is None, "the run was over before maintenance could be in its way"
        told_by_run = run.communicate(timeout=900)[0]
    assert (care.returncode, run.returncode) == (4, 0), outputs + told_by_run
    assert "has recorded no end" in outputs
