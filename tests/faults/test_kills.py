"""Runs that are killed: what is published in the end is what undisturbed runs give, and what readers see in between too."""

import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.faults.ten_days import DAYS, TenDays
from tests.processes import followed, hasty, killed, start
from tests.readers import content, files

pytestmark = [pytest.mark.faults, pytest.mark.timeout(4 * 3600)]
SEED = int(os.environ.get("WEIR_SEED") or secrets.randbelow(10_000))
# In full the kills of a day are more than a tenth of a hundred: a run may end before it would be killed.
LAST_DAY, KILLS_A_DAY, KILLS = (DAYS, 11, 100) if int(os.environ.get("WEIR_FAULTS", "1")) >= 20 else (2, 2, 3)


@pytest.mark.fault(
    "R01", injected="kill -9 of daily runs at random instants", checked="same tables and ledger; no row lost or doubled; readers see whole states"
)
def test_runs_that_are_killed_at_random_instants_end_in_the_undisturbed_tables_and_readers_see_no_half_state(tmp_path: Path) -> None:
    chance, shop, classes, kills, split = random.Random(SEED), TenDays(tmp_path), tmp_path / "classes.jsa", Counter[str](), 0
    calm, struck = tmp_path / "calm", tmp_path / "struck"
    before = content(struck)
    for day in range(1, LAST_DAY + 1):
        arguments = ["ecommerce.daily", *shop.deliver(day)]
        took = followed(start(*arguments, "--lake", str(calm), java=hasty(classes)))
        after = content(calm)
        for phase, seconds in instants(chance, took, KILLS_A_DAY * day - kills.total()):
            died = killed(start(*arguments, "--lake", str(struck), java=hasty(classes)), phase, seconds)
            kills.update([died] if died else [])
            seen = content(struck)
            assert [table for table in seen if seen[table] not in (before[table], after[table])] == [], (SEED, day, phase, seconds)
            split += seen not in (before, after)
            print(
                f"day {day}: killed {seconds:.1f} s into {phase}, died in {died}; {sum(seen[table] == after[table] != before[table] for table in seen)} new",
                flush=True,
            )
        followed(start(*arguments, "--lake", str(struck), java=hasty(classes)))
        assert (content(struck), files(struck), shop.astray(struck)) == (after, files(calm), (0, 0)), (SEED, day)
        before = after
    print(f"WEIR_SEED={SEED}: {kills.total()} kills {dict(kills)}, {split} between two tables")
    assert kills.total() >= KILLS


def instants(chance: random.Random, took: Mapping[str, float], kills: int) -> Iterator[tuple[str, float]]:
    """When to kill: early ones first, so that each finds work; more before Spark is up and while tables are published than these seconds' share."""
    phases = list(took)
    for phase in sorted(chance.choices(phases, weights=[3, 5, 2], k=kills), key=phases.index):
        yield phase, chance.uniform(0, took[phase])
