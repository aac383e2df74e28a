"""A faulty machine, lake or clock: a clear message and unchanged tables; after the repair the same tables as ever."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.ecommerce import clean_events
from jobs.ecommerce.daily import JOB as DAILY
from jobs.lake import maintain, restore
from jobs.runtime.maintenance import domain_jobs
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests import ROOT
from tests.conftest import TWO_TABLES, InProcess, line
from tests.faults import fault

pytestmark = pytest.mark.slow

FIRST = [line(product_id=str(number)) for number in range(50)]
SECOND = [
    line(product_id=str(number), event_time="2019-10-02 10:00:00", brand=f"brand {number}")
    for number in range(50, 2000)
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True, check=False
    ).returncode:
        pytest.skip("a file system may not be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def in_one_run(daily: InProcess) -> dict[str, str]:
    """The tables of an undisturbed lake."""
    daily.path = daily.folder / "undisturbed"
    assert daily.run() == 0, daily.output
    return daily.content_hashes()


@fault(
    "R03",
    injected="a disk without space, or with space for some files of a run",
    checked="2 reports it; the previous tables are readable; with free space the same tables",
)
@pytest.mark.nightly
@pytest.mark.parametrize("room", [0, 100_000, 200_000])
def test_a_full_disk_is_reported_and_loses_nothing(daily: InProcess, disk: Path, room: int) -> None:
    daily.job, daily.path = clean_events.JOB, disk / "lake"
    daily.deliver("a.csv", *FIRST)
    assert daily.run() == 0, daily.output
    before, ballast = daily.content_hashes(), disk / "ballast"
    ballast.write_bytes(b"x" * (shutil.disk_usage(disk).free - room))
    daily.deliver("b.csv", *SECOND)
    assert daily.run() == 2, daily.output
    assert "ended with 2: no space is left on the disk of the lake" in daily.output
    assert "Traceback" not in daily.output
    assert daily.content_hashes() == before
    ballast.unlink()
    assert daily.run() == 0, daily.output
    assert daily.content_hashes() == in_one_run(daily)


@pytest.mark.nightly
@fault(
    "R04",
    injected="a read-only lake",
    checked="2 reports it; the previous tables are readable; once writable the same tables",
)
def test_a_read_only_lake_is_reported(daily: InProcess, disk: Path) -> None:
    daily.job, daily.path = clean_events.JOB, disk / "lake"
    daily.deliver("a.csv", *FIRST)
    assert daily.run() == 0, daily.output
    before = daily.content_hashes()
    daily.deliver("b.csv", *SECOND)
    # In another mount of it: this one has files open for writing.
    subprocess.run(["mount", "--bind", disk, disk], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)
        assert daily.run() == 2, daily.output
        assert "ended with 2: the lake is read-only" in daily.output
        assert "Traceback" not in daily.output
        assert daily.content_hashes() == before
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
    assert daily.run() == 0, daily.output
    assert daily.content_hashes() == in_one_run(daily)


def later(value: Any, name: str, hours: int) -> Any:
    """Set the timestamps of Iceberg metadata to those of a clock that runs ahead."""
    if isinstance(value, dict):
        return {key: later(one, key, hours) for key, one in value.items()}
    if isinstance(value, list):
        return [later(one, name, hours) for one in value]
    return value + hours * 3_600_000 if name in ("last-updated-ms", "timestamp-ms") else value


def shift(lake: Path, hours: int) -> None:
    for path in lake.rglob("*.metadata.json"):
        path.write_text(json.dumps(later(json.loads(path.read_text()), "", hours)))
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)


@fault(
    "R10",
    injected="the machine's clock set back by an hour",
    checked="2 with both times, nothing lost; with the correct clock the same tables",
)
@pytest.mark.nightly
def test_a_lake_that_is_ahead_of_the_clock_is_left_alone(daily: InProcess) -> None:
    daily.deliver("a.csv", *FIRST)
    assert daily.run() == 0, daily.output
    daily.deliver("b.csv", *SECOND)
    shift(daily.path, 1)
    assert daily.run() == 2, daily.output
    assert re.search(
        r"the lake was last written at .* UTC,"
        r" but this machine's clock says .*: correct the clock, or wait",
        daily.output,
    )
    assert "Traceback" not in daily.output
    shift(daily.path, -1)
    assert daily.run() == 0, daily.output
    assert daily.content_hashes() == in_one_run(daily)


@fault("R10", injected="--clock set back by an hour, a machine with a Turkish locale", checked="the same tables")
@pytest.mark.nightly
def test_a_clock_that_jumps_back_changes_nothing(daily: InProcess) -> None:
    daily.deliver("a.csv", *FIRST)
    assert daily.run("--clock", "2026-11-20T12:00:00Z") == 0, daily.output
    daily.deliver("b.csv", *SECOND)
    assert daily.run("--clock", "2026-11-20T11:00:00Z") == 0, daily.output
    assert daily.run("--clock", "2026-11-20T10:00:00Z") == 0, daily.output
    assert daily.output.count("nothing new") == 2
    assert daily.content_hashes() == in_one_run(daily)


@pytest.mark.nightly
@fault("R10")
def test_letters_become_small_alike_in_every_language(daily: InProcess) -> None:
    daily.job = clean_events.JOB
    brands = {"ŠIBENIK": "šibenik", "DIOR": "dior", "İZMİR": "i̇zmi̇r", "DI'ŠI": "di'ši"}
    daily.deliver("a.csv", *(line(brand=brand) for brand in brands))
    locale = daily.spark._jvm.java.util.Locale
    before = locale.getDefault()
    locale.setDefault(locale("tr", "TR"))
    try:
        assert daily.run() == 0, daily.output
    finally:
        locale.setDefault(before)
    assert {row.brand for row in daily.table("ecommerce.clean_events").collect()} == set(brands.values())


@fault("R13", injected="an expired snapshot, the branch of a dead run", checked="reported; removed by maintenance")
@pytest.mark.nightly
def test_an_expired_snapshot_is_reported(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", TWO_TABLES)
    daily.deliver("a.csv", *FIRST)
    assert daily.run() == 0, daily.output
    first = daily.lake.main(CLEAN_EVENTS)
    daily.deliver("b.csv", *SECOND)
    assert daily.run() == 0, daily.output
    assert daily.run("--keep_days", "0", "--clock", "2099-01-01T00:00:00Z", job=maintain.JOB) == 0, daily.output
    assert daily.run("--snapshot", str(first), job=restore.JOB) == 2
    assert f"no table of ecommerce that takes files has snapshot {first} in its remaining history" in daily.output
    assert daily.run() == 0, daily.output
    assert daily.content_hashes() == in_one_run(daily)


@fault(
    "R14b",
    injected="_temporary and .spark-staging of a dead job among the files of a table",
    checked="never read as data, neither by a run nor by maintenance",
)
@pytest.mark.nightly
def test_leftover_files_of_a_killed_job_are_not_data(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", TWO_TABLES)
    daily.deliver("a.csv", *FIRST)
    assert daily.run() == 0, daily.output
    before = daily.content_hashes()
    data = daily.path / "warehouse/ecommerce/clean_events/data"
    real = next(data.rglob("*.parquet"))
    left = [
        data / "_temporary/0/part-0.parquet",
        data / ".spark-staging-1/part-0.parquet",
        real.with_name("part-0.parquet"),
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(real, path)
    assert daily.run() == 0, daily.output
    assert daily.run("--full") == 0, daily.output
    assert daily.run("--keep_days", "0", job=maintain.JOB) == 0, daily.output
    assert daily.content_hashes() == before


def code_before(text: str, folder: Path) -> Path:
    """The code as of the commit before the changelog had this text."""
    commits = subprocess.run(
        ["git", "log", "--format=%H", "-S", text, "--", "CHANGELOG.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    if not commits:
        pytest.skip("the history of the code is not here")
    trees = ("jobs", "transforms", "schemas", "expectations")
    packed = subprocess.run(
        ["git", "archive", f"{commits[-1]}~1", *trees], cwd=ROOT, stdout=subprocess.PIPE, check=True
    ).stdout
    subprocess.run(["tar", "--extract", "--directory", folder], input=packed, check=True)
    return folder


@fault(
    "R14",
    injected="a lake written by the code from before incremental builds",
    checked="continued; the same tables as one run of today's code",
)
@pytest.mark.nightly
def test_a_lake_of_an_earlier_release_is_continued(daily: InProcess, tmp_path: Path) -> None:
    daily.job, old = DAILY, tmp_path / "old"
    old.mkdir()
    code_before("Marts by increments", old)
    daily.deliver("a.csv", *FIRST, line(price="x"))
    command = [sys.executable, "-m", "jobs", "ecommerce.daily", "--input", str(daily.input), "--lake", str(daily.path)]
    done = subprocess.run(
        command, cwd=old, env={**os.environ, "PYTHONPATH": str(old)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    daily.deliver("b.csv", *SECOND[:100])
    assert daily.run() == 0, daily.output
    assert "100 rows read = 100 kept" in daily.output
    assert daily.content_hashes() == in_one_run(daily)
