"""Maintenance killed at each of its steps: the next run needs no manual repair, and maintenance can be repeated."""

from collections.abc import Callable
from typing import Any

import pytest

from jobs.ecommerce import clean_events
from jobs.lake import forget, maintain, replay_rejected, restore
from jobs.runtime.job import MaintenanceJob, Pipeline
from jobs.runtime.maintenance import domain_jobs
from jobs.runtime.spark.small_frames import content_hash
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from tests.conftest import InProcess, line
from tests.faults import IS_FULL, fault
from tests.faults.killing import Killed, killed_at

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(4 * 3600)]
SHOP = Pipeline("ecommerce.daily", [clean_events.JOB])
PERSON = "987654321"
EARLY, LATER = ("--clock", "2019-10-01T12:00:00Z"), ("--clock", "2019-10-03T12:00:00Z")
Content = list[str]


class Shop:
    """A lake of two runs: good rows, bad rows, rows of a person, and a row accepted only from the second day on."""

    def __init__(self, daily: InProcess, name: str) -> None:
        self.daily, daily.job = daily, SHOP
        daily.path, daily.input = daily.folder / name / "lake", daily.folder / name / "in"
        daily.input.mkdir(parents=True)
        daily.deliver(
            "a.csv",
            line(),
            line(price="x"),
            line(user_id=PERSON),
            line(user_id=PERSON, price="x"),
            line(event_time="2019-10-02 10:00:00"),
        )
        self.run(*EARLY)
        [self.first] = {row.run_id for row in daily.table("ecommerce.clean_events").collect()}
        daily.deliver("b.csv", line(user_id="2"), line(user_id="2", price="y"))
        self.run(*EARLY)

    def run(self, *arguments: str, job: Any = None) -> None:
        ours = [] if job else ["--max_rejected_share", "1"]
        assert self.daily.run(*ours, *arguments, job=job) == 0, self.daily.output

    @property
    def content(self) -> Content:
        return [
            content_hash(self.daily.table(table.name).select(*table.data_columns))
            for table in (CLEAN_EVENTS, REJECTED_EVENTS)
        ]


CARE: dict[str, tuple[MaintenanceJob, Callable[[Shop], list[str]]]] = {
    "maintain": (maintain.JOB, lambda _: ["--keep_days", "0", "--clock", "2099-01-01T00:00:00Z"]),
    "restore": (restore.JOB, lambda shop: ["--run", shop.first]),
    "forget": (forget.JOB, lambda _: ["--person", PERSON]),
    "replay_rejected": (replay_rejected.JOB, lambda _: [*LATER]),
}


@fault(
    "R01",
    injected="maintenance killed before each of its commits, and a daily run after it",
    checked="the same tables as after undisturbed maintenance",
)
@pytest.mark.parametrize("name", CARE)
def test_killed_maintenance_is_finished_by_the_next_run(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", SHOP)
    job, arguments = CARE[name]
    calm = Shop(daily, "calm")
    alive = ["--live_hours", "0"] if name != "replay_rejected" else []
    with killed_at(10_000) as steps:
        calm.run(*arguments(calm), *alive, job=job)
    calm.run(*EARLY)
    expected = calm.content
    for place in range(len(steps)) if IS_FULL else (len(steps) // 2, len(steps) - 1):
        shop = Shop(daily, f"killed {place}")
        with killed_at(place) as done, pytest.raises(Killed):
            daily.run(*arguments(shop), *alive, job=job)
        daily.capsys.readouterr()
        daily.say(f"{name} killed after {done[-1:]}, {place} of {len(steps)} steps")
        shop.run(*EARLY)
        if name == "restore":  # a rolled-back file is ingested again, or was not rolled back
            assert shop.content == expected, (name, done)
        shop.run(*arguments(shop), *alive, job=job)
        shop.run(*EARLY)
        assert shop.content == expected, (name, done)
