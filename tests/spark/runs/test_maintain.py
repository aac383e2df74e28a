"""Maintenance of one lake, between runs."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.lake import maintain
from jobs.runtime.batch import write_audit_publish
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.maintenance import domain_jobs
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.table import Table
from tests.conftest import FEW_TABLES, InProcess, line, on_newer_line
from tests.faults import fault
from tests.spark.runs.test_daily import TABLES, content

pytestmark = pytest.mark.slow

IN_A_MONTH = (datetime.now(UTC) + timedelta(days=30)).isoformat()


@pytest.fixture(autouse=True)
def domain(few_tables: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", FEW_TABLES)


def deliveries(daily: InProcess, *numbers: int) -> None:
    for number in numbers:
        daily.deliver(f"{number}.csv", line(product_id=str(number)), line(product_id=str(100 + number)))
        assert daily.run("--max_rejected_share", "1") == 0, daily.output


def files(daily: InProcess, table: str) -> list[Path]:
    return sorted((daily.path / "warehouse" / Path(*table.split(".")) / "data").rglob("*.parquet"))


def snapshots(daily: InProcess, table: str) -> list[int]:
    return [row.snapshot_id for row in daily.spark.table(f"lake.{table}.snapshots").orderBy("committed_at").collect()]


def branches(daily: InProcess, table: Table) -> list[str]:
    return [name for name in dict(daily.lake._iceberg(table).refs()) if name != "main"]


@on_newer_line
@pytest.mark.both_lines
def test_small_files_are_compacted_and_snapshots_expire_except_those_consumed_by_marts(daily: InProcess) -> None:
    deliveries(daily, 1, 2)
    before, first_seen = content(daily), snapshots(daily, "ecommerce.visitor_first_seen")
    made_of = daily.lake.main(CLEAN_EVENTS)
    assert daily.table("ecommerce.clean_events.files").count() == 2
    assert daily.run("--clock", IN_A_MONTH, job=maintain.JOB) == 0, daily.output
    assert content(daily) == before
    assert daily.table("ecommerce.clean_events.files").count() == daily.table("ops.files.files").count() == 1
    # The snapshots that the marts were built from, and the compaction after them.
    assert len(snapshots(daily, "ecommerce.clean_events")) == 2
    assert made_of in snapshots(daily, "ecommerce.clean_events")
    assert len(snapshots(daily, "ecommerce.visitor_first_seen")) < len(first_seen)
    assert len(files(daily, "ecommerce.visitor_first_seen")) == 1
    rows = {
        row.table: row
        for row in daily.table("ops.runs").filter("job = 'lake.maintain' AND finished_at IS NOT NULL").collect()
    }
    assert rows["ecommerce.clean_events"].status == "published"
    assert "snapshots -> 2" in rows["ecommerce.clean_events"].message
    assert f"ecommerce.clean_events: {rows['ecommerce.clean_events'].message}" in daily.output
    assert daily.run() == 0, daily.output
    assert content(daily) == before


@pytest.mark.nightly
@fault("R05", injected="maintenance during a run", checked="4, and nothing changes")
@fault("R13")
def test_it_ends_with_4_while_a_run_may_be_alive_and_finishes_what_a_dead_one_left(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily.deliver("a.csv", line(price="x"), *(line(product_id=str(number)) for number in range(2, 30)))
    publish = Lake.publish

    def publish_good_rows(lake: Lake, table: Table, run_id: str) -> None:
        if table is not CLEAN_EVENTS:
            raise KeyboardInterrupt
        publish(lake, table, run_id)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "publish", publish_good_rows)
        patch.setattr(write_audit_publish.Run, "_clean_up", lambda *_: None)  # a killed process does not clean up
        with pytest.raises(KeyboardInterrupt):
            daily.run()
    stranger = daily.path / "warehouse/ecommerce/clean_events/data/stranger.parquet"
    young = stranger.with_name("young.parquet")
    for path in (stranger, young):
        path.write_text("left by a task that died")
    os.utime(stranger, (0, 0))

    assert daily.run("--keep_days", "0", job=maintain.JOB) == 4
    assert (
        "of ecommerce.daily has recorded no end; wait for it and run this job again,"
        " or run it now with --live_hours 0 if that run is dead" in daily.output
    )
    assert {
        row.status
        for row in daily.table("ops.runs").filter("job = 'lake.maintain' AND finished_at IS NOT NULL").collect()
    } == {"overtaken"}
    assert branches(daily, REJECTED_EVENTS)
    assert stranger.exists()

    assert MaintainedLake(daily.spark).stale_branches(UNIQUE_VISITORS, datetime.now(UTC) - timedelta(days=7)) == []
    assert daily.run("--keep_days", "0", "--live_hours", "0", job=maintain.JOB) == 0, daily.output
    assert daily.table("ecommerce.rejected_events").count() == 1
    assert [row.state for row in daily.table("ops.files").orderBy("recorded_at").collect()] == ["staging", "taken"]
    assert [name for table in TABLES for name in branches(daily, table)] == []
    assert (stranger.exists(), young.exists()) == (False, True)
