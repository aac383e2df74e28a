"""Killed runs: the final tables, and all states that readers see, are those of undisturbed runs."""

import os
import random
import secrets
from collections import Counter
from pathlib import Path

import pytest

from jobs.ecommerce.daily import JOB as DAILY
from tests.conftest import InProcess
from tests.faults.ten_days import DAYS, TenDays
from tests.processes import HASTY, LAST, Steps, killed
from tests.readers import content, files

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(4 * 3600)]
SEED = int(os.environ.get("WEIR_SEED") or secrets.randbelow(10_000))
# Kills that remain when a day is fully published are added to the next day, so a day may have more than its share.
LAST_DAY, KILLS_A_DAY, KILLS = (DAYS, 11, 100) if int(os.environ.get("WEIR_FAULTS", "1")) >= 20 else (2, 2, 3)
IN_PUBLISHING = 0.15
IN_ORDER = [table.name for job in DAILY.jobs for table in job.tables]


@pytest.mark.fault(
    "R01",
    injected="kill -9 of daily runs at random instants",
    checked="the same tables and ledger; no row lost or duplicated; readers see only published states",
)
def test_runs_that_are_killed_at_random_instants_end_in_the_undisturbed_tables_and_readers_see_no_half_state(
    daily: InProcess, tmp_path: Path
) -> None:
    shop, kills, split = TenDays(tmp_path), Counter[str](), 0
    calm, struck, daily.job = tmp_path / "calm", tmp_path / "struck", DAILY
    before = content(struck)
    daily.say(f"WEIR_SEED={SEED} repeats this")
    for day in range(1, LAST_DAY + 1):
        options = shop.deliver(day)
        if day == 1:
            steps = Steps.of(shop.run(calm, HASTY))
        finish(daily, shop, calm, options)
        after = content(calm)
        chance = random.Random(f"{SEED} {day}")
        due = instants(chance, steps, KILLS_A_DAY * day - kills.total())
        known = before
        while due:
            step, seconds = due.pop(0)
            died = killed(shop.run(struck, HASTY, *options), step, seconds)
            kills.update([died] if died else [])
            seen = content(struck)
            published = sum(seen[name] == after[name] for name in seen)
            progress = (
                f"day {day}: {seconds:.1f} s after {step or 'the start'} killed in {died}, {published} tables done"
            )
            assert [name for name in seen if seen[name] not in (before[name], after[name])] == [], (SEED, progress)
            daily.say(progress)
            done = [seen[name] == after[name] for name in IN_ORDER if before[name] != after[name]]
            assert done == sorted(done, reverse=True), (SEED, progress)
            if seen == after:
                break
            if seen != known:  # the run that continues may also be killed early
                split += 1
                due.insert(0, steps.moment(chance.uniform(0, steps.published)))
            known = seen
        finish(daily, shop, struck, options)
        assert (content(struck), files(struck), shop.astray(struck)) == (after, files(calm), (0, 0)), (SEED, day)
        before = after
    daily.say(
        f"WEIR_SEED={SEED}: {kills.total()} kills {dict(kills)}, {split} between two tables; {shop.rows} rows delivered"
    )
    assert kills.total() >= KILLS


def instants(chance: random.Random, steps: Steps, kills: int) -> list[tuple[str, float]]:
    """When to kill, in ascending order, so that each kill hits a working run.

    The instants cover the whole run, with some in the short time in which it publishes.
    """
    begins = [steps.said[LAST] if chance.random() < IN_PUBLISHING else 0.0 for _ in range(kills)]
    return [steps.moment(seconds) for seconds in sorted(chance.uniform(begin, steps.published) for begin in begins)]


def finish(daily: InProcess, shop: TenDays, lake: Path, options: list[str]) -> None:
    daily.path = lake
    assert daily.run(*options, given=shop.input) == 0, daily.output
