"""A dry run reports what a run would change, and publishes nothing."""

import json

import pytest

from jobs.lake import forget, maintain, replay_rejected
from jobs.runtime.job import Command, StreamJob
from jobs.runtime.maintenance import domain_jobs
from jobs.runtime.parameters import parameters_of
from jobs.runtime.registry import jobs_by_name
from tests.conftest import FEW_TABLES, InProcess, line

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_tables")]


def state(daily: InProcess) -> dict[str, object]:
    """Snapshots and branches of all tables, and the ingested files."""
    tables = [table for job in FEW_TABLES.jobs for table in job.tables]
    branches = {
        table.name: daily.spark.sql(f"SELECT name, snapshot_id FROM lake.{table.name}.refs").collect()
        for table in tables
    }
    return {**branches, "files": daily.table("ops.files").filter("state = 'taken'").orderBy("path").collect()}


def test_a_dry_run_prints_what_the_next_run_does(daily: InProcess) -> None:
    daily.deliver("a.csv", line(), line(user_id="2"), line(user_id="3", event_time="2019-11-13 10:00:00"))
    assert daily.run() == 0, daily.output
    before = state(daily)
    daily.deliver("a.csv", line(), line(user_id="2"), line(user_id="4", event_time="2019-11-13 10:00:00"))
    daily.deliver("b.csv", line(price="x"), line(user_id="5", event_time="2019-11-14 10:00:00"))
    summary = daily.folder / "summary.json"
    assert daily.run("--dry_run", "--max_rejected_share", "1", "--summary_json", str(summary)) == 0, daily.output
    assert "nothing is published: --dry_run" in daily.output
    assert state(daily) == before
    assert not (daily.path / "report.html").exists()
    by_table = {table["table"]: table for table in json.loads(summary.read_text())["tables"]}
    assert {table["status"] for table in by_table.values()} == {"previewed"}
    changes = {
        (one["period"], one["rows_added"], one["rows_replaced"], one["rows_removed"])
        for one in by_table["ecommerce.clean_events"]["changes"]
    }
    assert changes == {("2019-11-13", 1, 0, 1), ("2019-11-14", 1, 0, 0)}
    [refused] = by_table["ecommerce.rejected_events"]["changes"]
    assert refused["rows_added"] == 1
    visitors = {
        one["period"]: (one["rows_added"], one["rows_replaced"], one["rows_removed"])
        for one in by_table["ecommerce.unique_visitors"]["changes"]
    }
    assert visitors.keys() == {"2019-11"}  # October does not change

    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert {row.user_id for row in daily.table("ecommerce.clean_events").collect()} == {1, 2, 4, 5}


@pytest.mark.nightly
def test_a_dry_run_that_would_be_refused_ends_with_its_reason(daily: InProcess) -> None:
    daily.deliver("a.csv", line(), line(price="x"))
    assert daily.run("--dry_run") == 3
    assert "rejected 50.0% of the rows" in daily.output


@pytest.mark.nightly
def test_dry_run_maintenance_prints_what_it_would_do(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", FEW_TABLES)
    for name, user in (("a.csv", "1"), ("b.csv", "2")):
        path = daily.deliver(
            name, line(user_id=user), line(user_id=user, price="1,00"), line(user_id=user, event_type="hover")
        )
        assert daily.run("--max_rejected_share", "1") == 0, daily.output
    [[received_on]] = daily.table("ecommerce.rejected_events").select("received_on").distinct().collect()
    before = state(daily)
    foretold = [
        (forget.JOB, ["--person", "2"], f"ecommerce.rejected_events {received_on}: 2 rows of {path} would be erased"),
        (maintain.JOB, ["--keep_days", "0"], "ecommerce.clean_events: 2 files would be compacted into 1, "),
        (replay_rejected.JOB, [], "ecommerce.rejected_events: 4 rows validated again, all still rejected"),
    ]
    for job, arguments, says in foretold:
        assert daily.run("--dry_run", "--clock", "2026-11-21T00:00:00Z", *arguments, job=job) == 0, daily.output
        assert says in daily.output
        assert state(daily) == before


def test_every_job_that_changes_tables_can_be_tried() -> None:
    # The rules of a stream are tried by realtime.backtest_rules.
    changing = {name: job for name, (job, _) in jobs_by_name().items() if not isinstance(job, Command | StreamJob)}
    assert {
        name for name, job in changing.items() if "dry_run" not in {parameter.name for parameter in parameters_of(job)}
    } == set()
    assert {"ecommerce.daily", "lake.maintain"} <= changing.keys()
