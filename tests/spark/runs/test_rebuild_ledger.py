"""Rebuild a lost or damaged ledger from the tables."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.ecommerce import clean_events
from jobs.lake import rebuild_ledger
from jobs.runtime.spark.small_frames import content_hash
from schemas.ops.files import FILES
from schemas.ops.forgotten import FORGOTTEN
from schemas.ops.runs import RUNS
from tests.conftest import InProcess, line
from tests.faults import fault

pytestmark = pytest.mark.slow

ARGUMENTS = ("--max_rejected_share", "1", "--delimiter", ";")


def files_of(daily: InProcess, pattern: str) -> Iterator[Path]:
    found = list((daily.path / "warehouse" / "ops").glob(pattern))
    assert found
    yield from found


def deleted(daily: InProcess) -> None:
    for path in files_of(daily, "files/metadata/*.metadata.json"):
        path.unlink()


def cut(daily: InProcess) -> None:
    for path in files_of(daily, "files/data/*.parquet"):
        path.write_bytes(path.read_bytes()[:100])


def dropped(daily: InProcess) -> None:
    for table in (FILES, RUNS):
        daily.spark.sql(f"DROP TABLE lake.{table.name}")


def semicolons(**given: str) -> str:
    return line(**given).replace(",", ";")


DAMAGE: dict[Callable[[InProcess], None], str] = {
    deleted: "ops.files is damaged: Failed to open input stream for file",
    cut: "ops.files is damaged: Failed to open Parquet file",
    dropped: "the ledger has no files of ecommerce.clean_events, which has rows",
}


@pytest.mark.nightly
@fault(
    "R04",
    injected="the ledger's files deleted or truncated, its tables dropped",
    checked="2 names the command; rebuilt from the tables, the same",
)
@pytest.mark.parametrize(
    "damage", [dropped, pytest.param(deleted, marks=pytest.mark.nightly), pytest.param(cut, marks=pytest.mark.nightly)]
)
def test_a_lost_ledger_is_reported_and_rebuilt(daily: InProcess, damage: Callable[[InProcess], None]) -> None:
    daily.job, header = (
        clean_events.JOB,
        "event_time;event_type;product_id;category_id;category_code;brand;price;user_id;user_session",
    )
    for name, user in (("a.csv", "1"), ("b.csv", "2"), ("c.csv", "2")):
        daily.deliver(name, semicolons(user_id=user), semicolons(user_id=user, price="x"), header=header)
        assert daily.run(*ARGUMENTS) == 0, daily.output
    before = content_hash(daily.table("ecommerce.clean_events").select("user_id", "price"))
    damage(daily)
    assert daily.run(*ARGUMENTS) == 2
    assert DAMAGE[damage] in daily.output
    assert "lake.rebuild_ledger" in daily.output
    assert "Traceback" not in daily.output

    assert daily.run("--dry_run", "--delimiter", ";", job=rebuild_ledger.JOB) == 0, daily.output
    assert "ecommerce.clean_events: 3 files found in its rows" in daily.output
    assert daily.run("--live_hours", "0", "--delimiter", ";", job=rebuild_ledger.JOB) == 0, daily.output
    assert "ecommerce.clean_events: 3 files and " in daily.output

    assert daily.run(*ARGUMENTS) == 0, daily.output
    assert "nothing new: every file is already taken" in daily.output
    # A row dropped only as a duplicate still returns when the other one is withdrawn: it is read as in its own run.
    assert daily.run(*ARGUMENTS, "--withdraw", str(daily.input / "b.csv")) == 0, daily.output
    assert content_hash(daily.table("ecommerce.clean_events").select("user_id", "price")) == before


@pytest.mark.nightly
def test_what_changed_since_it_was_taken_is_taken_by_the_next_run(daily: InProcess) -> None:
    daily.job = clean_events.JOB
    for name in ("a.csv", "b.csv"):
        daily.deliver(name, line(user_id="1", brand=name))
    assert daily.run() == 0, daily.output
    began = time.time() - 3_600
    newer = daily.deliver("later", line(user_id="2"))
    os.utime(newer, (began, began))
    newer.rename(daily.input / "a.csv")  # it was written before the run
    dropped(daily)
    assert daily.run(job=rebuild_ledger.JOB) == 0, daily.output
    assert daily.run() == 0, daily.output
    assert "1 row read = 1 kept" in daily.output
    assert sorted(row.user_id for row in daily.table("ecommerce.clean_events").collect()) == [1, 2]


@pytest.mark.nightly
def test_an_erased_person_is_not_found_in_the_rebuilt_ledger(daily: InProcess) -> None:
    daily.job = clean_events.JOB
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    daily.lake.ensure(FORGOTTEN)
    for path in files_of(daily, "forgotten/metadata/*.metadata.json"):
        path.unlink()
    assert daily.run(job=rebuild_ledger.JOB) == 2
    assert "nothing else records who was erased" in daily.output
