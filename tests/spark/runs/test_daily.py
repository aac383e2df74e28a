"""The daily job on one lake, one run after the other."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame

from expectations.suites import suite
from jobs.ecommerce import clean_events, unique_visitors, visitor_days, visitor_first_seen
from jobs.runtime.batch import write_audit_publish
from jobs.runtime.errors import Stopped
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Pipeline
from jobs.runtime.quality import gate
from jobs.runtime.spark.small_frames import content_hash
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.visitor_days import VISITOR_DAYS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.table import Table
from tests.conftest import InProcess, line
from tests.faults import fault

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_tables")]
TABLES = (CLEAN_EVENTS, REJECTED_EVENTS, VISITOR_DAYS, VISITOR_FIRST_SEEN, UNIQUE_VISITORS)


def content(daily: InProcess) -> dict[str, str]:
    return {table.name: content_hash(daily.table(table.name).select(*table.data_columns)) for table in TABLES}


def snapshots(daily: InProcess) -> dict[str, int | None]:
    return {table.name: daily.lake.main(table) for table in TABLES}


def newest(daily: InProcess, table: Table) -> Any:
    return (
        daily.table("ops.runs").filter(f"`table` = '{table.name}'").orderBy("started_at", "finished_at").collect()[-1]
    )


@fault(
    "R06", injected="a repeated run, an older day after a newer one", checked="nothing new; the same tables as one run"
)
@fault(
    "I15", injected="the same row in one file, in two files, in two runs", checked="one is kept, the others are counted"
)
def test_a_run_accounts_for_every_row_and_a_second_one_changes_nothing(daily: InProcess, tmp_path: Path) -> None:
    daily.deliver(
        "a.csv", line(), line(), line(product_id="2"), *(line(product_id=str(number)) for number in range(10, 40))
    )
    daily.deliver("b.csv", line(product_id="2"), line(product_id="3"), line(price="NaN"))
    path = tmp_path / "summary.json"
    assert daily.run("--summary_json", str(path)) == 0, daily.output
    assert "36 rows read = 33 kept + 1 rejected + 2 duplicate + 0 late" in daily.output
    summary = json.loads(path.read_text())
    assert {table["table"]: table["status"] for table in summary["tables"]} == dict.fromkeys(
        (table.name for table in TABLES), "published"
    )
    assert 0 < summary["seconds_of"]["ecommerce.clean_events"] <= summary["seconds"]
    files = {Path(row.path).name: row for row in daily.table("ops.files").filter("state = 'taken'").collect()}
    assert {name: (row.rows, row.duplicates, str(row.first_day), str(row.last_day)) for name, row in files.items()} == {
        "a.csv": (33, 1, "2019-10-01", "2019-10-01"),
        "b.csv": (3, 1, "2019-10-01", "2019-10-01"),
    }
    row = newest(daily, CLEAN_EVENTS)
    assert (row.status, row.rows_read, row.rows_kept, row.rows_rejected, row.rows_duplicate, row.rows_late) == (
        "published",
        36,
        33,
        1,
        2,
        0,
    )
    assert row.output_snapshot == daily.lake.main(CLEAN_EVENTS)
    mart = newest(daily, UNIQUE_VISITORS)
    assert (mart.rows_read, str(mart.as_of.astimezone().tzinfo), mart.rows_published) == (None, "+0545", 5)
    assert json.loads(mart.input_snapshots) == {
        table.name: daily.lake.main(table) for table in (CLEAN_EVENTS, VISITOR_DAYS, VISITOR_FIRST_SEEN)
    }
    assert all(outcome["success"] for outcome in json.loads(mart.suite_results_json))

    before = snapshots(daily)
    assert daily.run() == 0
    assert daily.output.count("nothing new") == 4
    assert snapshots(daily) == before
    assert newest(daily, CLEAN_EVENTS).status == "no_change"
    assert all(not [name for name in dict(daily.lake._iceberg(table).refs()) if name != "main"] for table in TABLES)


@pytest.mark.nightly
@fault("R06")
def test_increments_give_the_tables_of_one_run(daily: InProcess, tmp_path: Path) -> None:
    days = {
        f"2019-10-0{day}": [
            line(event_time=f"2019-10-0{day} 1{hour}:00:00", user_id=str(hour % (day + 1))) for hour in range(10)
        ]
        for day in range(1, 4)
    }
    for day, lines in reversed(days.items()):
        daily.deliver(f"{day}.csv", *lines, days["2019-10-01"][0])
        assert daily.run("--time_zone", "Europe/Zagreb") == 0, daily.output
    step_by_step = content(daily)
    daily.path = tmp_path / "other"
    assert daily.run("--time_zone", "Europe/Zagreb") == 0, daily.output
    assert content(daily) == step_by_step


@pytest.mark.nightly
@fault("I15")
def test_of_equal_rows_the_published_one_stays_else_that_of_the_smallest_file(daily: InProcess) -> None:
    daily.deliver("b.csv", line())
    daily.deliver("c.csv", line(product_id="2"))
    assert daily.run() == 0
    daily.deliver("a.csv", line(), line(product_id="2"), line(product_id="3"))
    daily.deliver("0.csv", line(product_id="3"))
    assert daily.run() == 0
    assert "4 rows read = 1 kept + 0 rejected + 3 duplicate + 0 late" in daily.output
    kept = {row.product_id: Path(row.source_file).name for row in daily.table("ecommerce.clean_events").collect()}
    assert kept == {1: "b.csv", 2: "c.csv", 3: "0.csv"}


@pytest.mark.nightly
def test_late_rows_are_counted_apart_and_kept(daily: InProcess) -> None:
    daily.deliver("a.csv", line(event_time="2019-10-20 10:00:00"))
    assert daily.run() == 0
    daily.deliver("b.csv", line(event_time="2019-10-17 00:00:00"), line(event_time="2019-10-16 23:59:59"))
    assert daily.run("--max_late_days", "3") == 0, daily.output
    assert "2 rows read = 1 kept + 0 rejected + 0 duplicate + 1 late" in daily.output
    assert [row.problems for row in daily.table("ecommerce.rejected_events").collect()] == [["late"]]


def test_too_many_rejected_rows_refuse_the_run_and_keep_both_branches(daily: InProcess) -> None:
    daily.deliver("a.csv", *(line(product_id=str(number)) for number in range(18)), line(price="x"), line(price="NaN"))
    assert daily.run() == 3
    assert "rejected 10.0% of the rows, more than --max_rejected_share 0.05 (2 bad_price)" in daily.output
    assert snapshots(daily) == dict.fromkeys(table.name for table in TABLES)
    assert all(len(dict(daily.lake._iceberg(table).refs())) == 1 for table in (CLEAN_EVENTS, REJECTED_EVENTS))
    assert daily.run("--max_rejected_share", "0.1") == 0, daily.output
    assert daily.table("ecommerce.clean_events").count() == 18


def failing(table: Table, limit: int) -> Any:
    """The real suite with one more expectation, which fails above `limit` rows."""

    def changed(asked: Table) -> dict[str, Any]:
        loaded = suite(asked)
        if asked is table:
            kwargs = {"max_value": limit}
            loaded["expectations"].append(
                {
                    "type": "expect_table_row_count_to_be_between",
                    "kwargs": kwargs,
                    "severity": "critical",
                    "meta": {"name": "few rows"},
                }
            )
        return loaded

    return changed


@fault(
    "R08",
    injected="a failing expectation of any table",
    checked="3 and its name; that table and its readers stay unchanged, all others are published",
)
@pytest.mark.parametrize(
    ("refused", "published"),
    [
        pytest.param(CLEAN_EVENTS, [], marks=pytest.mark.nightly),
        pytest.param(REJECTED_EVENTS, [], marks=pytest.mark.nightly),
        (UNIQUE_VISITORS, [CLEAN_EVENTS, REJECTED_EVENTS, VISITOR_DAYS, VISITOR_FIRST_SEEN]),
    ],
)
def test_a_suite_that_fails_leaves_readers_on_the_old_snapshot(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, refused: Table, published: list[Table]
) -> None:
    daily.deliver("a.csv", line())
    assert daily.run() == 0
    before = snapshots(daily)
    daily.deliver("b.csv", line(product_id="2"), line(event_time="2019-10-05 10:00:00"))
    monkeypatch.setattr(gate, "suite", failing(refused, -1))
    assert daily.run() == 3
    [message] = [one for one in daily.output.splitlines() if "ended with 3" in one]
    assert f"{refused.name} failed: few rows (observed value" in message
    after = snapshots(daily)
    assert {name for name in after if after[name] != before[name]} == {table.name for table in published}
    assert len(dict(daily.lake._iceberg(refused).refs())) == 2
    assert newest(daily, refused).status == "refused"
    monkeypatch.setattr(gate, "suite", suite)
    assert daily.run() == 0, daily.output
    assert daily.table("ecommerce.clean_events").count() == 3
    assert daily.table("ecommerce.unique_visitors").filter("grain = 'day'").count() == 5


@fault("R08")
@pytest.mark.nightly
def test_a_mart_that_fails_on_refused_rows_is_refused_too(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(clean_events: DataFrame) -> DataFrame:
        raise ArithmeticError("these rows cannot be")

    mart = replace(unique_visitors.JOB, build=build, reads=[CLEAN_EVENTS], events=None, parameters=[])
    daily.job = Pipeline("ecommerce.daily", [clean_events.JOB, mart])
    daily.deliver("a.csv", line())
    assert daily.run() == 1
    assert "these rows cannot be" in daily.output
    monkeypatch.setattr(gate, "suite", failing(CLEAN_EVENTS, -1))
    assert daily.run() == 3
    assert "ecommerce.unique_visitors reads ecommerce.clean_events" in daily.output


@pytest.mark.nightly
@fault("R09")
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("when the good rows were published", marks=pytest.mark.nightly),
        "before it published the refused ones",
    ],
)
def test_a_run_that_is_stopped_between_good_and_refused_rows_loses_neither(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    daily.deliver("a.csv", line(price="x"), *(line(product_id=str(number)) for number in range(2, 30)))
    publish = Lake.publish

    def stopped(lake: Lake, table: Table, run_id: str) -> None:
        if table is REJECTED_EVENTS:
            raise Stopped("stopped by SIGTERM")
        publish(lake, table, run_id)
        if moment.startswith("when"):
            raise Stopped("stopped by SIGTERM")

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "publish", stopped)
        assert daily.run() == 143
    assert {newest(daily, table).status for table in TABLES[1:]} == {"stopped"}
    assert daily.run() == 0, daily.output
    assert [daily.table(table.name).count() for table in (CLEAN_EVENTS, REJECTED_EVENTS)] == [28, 1]


@fault("R01", injected="a kill between any two publications", checked="the next run: the same tables")
@pytest.mark.parametrize(
    "after", [pytest.param(1, marks=pytest.mark.nightly), 2, pytest.param(3, marks=pytest.mark.nightly)]
)
def test_a_run_that_dies_between_two_publications_is_finished_by_the_next(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after: int
) -> None:
    daily.deliver("a.csv", line(), line(price="x"), *(line(product_id=str(number)) for number in range(2, 30)))
    publish, moved = Lake.publish, []

    def publish_some(lake: Lake, table: Table, run_id: str) -> None:
        if len(moved) == after:
            raise KeyboardInterrupt
        moved.append(table.name)
        publish(lake, table, run_id)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "publish", publish_some)
        patch.setattr(write_audit_publish.Run, "_clean_up", lambda *_: None)  # a killed process does not clean up
        with pytest.raises(KeyboardInterrupt):
            daily.run()
    assert len(moved) == after
    assert daily.run() == 0, daily.output
    resumed = content(daily)
    states = [row.state for row in daily.table("ops.files").orderBy("recorded_at").collect()]
    assert states == ["staging", "taken"]
    daily.path = tmp_path / "other"
    assert daily.run() == 0
    assert content(daily) == resumed


@fault("R01")
@pytest.mark.nightly
def test_a_file_of_a_run_that_died_while_staging_is_taken_by_the_next(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily.deliver("a.csv", line())
    with monkeypatch.context() as patch:
        patch.setattr(write_audit_publish.Run, "_clean_up", lambda *_: None)
        patch.setattr(write_audit_publish.Run, "_publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            daily.run()
    assert daily.run() == 0, daily.output
    # The same commit recovers the files of the dead run and records the start of the next one.
    assert [row.state for row in daily.table("ops.files").orderBy("recorded_at", "state").collect()] == [
        "staging",
        "staging",
        "void",
        "taken",
    ]
    assert daily.table("ecommerce.clean_events").count() == 1


@pytest.mark.nightly
def test_a_mart_is_rebuilt_when_it_was_asked_otherwise_and_another_zone_needs_full(daily: InProcess) -> None:
    daily.deliver("a.csv", line(event_time="2019-10-01 10:00:00"), line(event_time="2019-10-02 10:00:00"))
    assert daily.run() == 0
    before = snapshots(daily)
    assert daily.run("--as_of", "2019-10-01") == 0
    after = snapshots(daily)
    assert {name for name in after if after[name] != before[name]} == {VISITOR_DAYS.name, UNIQUE_VISITORS.name}
    assert daily.table("ecommerce.unique_visitors").filter("grain = 'day'").count() == 1
    assert daily.run("--time_zone", "Europe/Zagreb") == 2
    assert "published in UTC; --full rebuilds it with --time_zone Europe/Zagreb" in daily.output
    assert daily.run("--time_zone", "Europe/Zagreb", "--full") == 0, daily.output
    assert {row.time_zone for row in daily.table("ecommerce.unique_visitors").collect()} == {"Europe/Zagreb"}


def test_a_new_version_of_a_transform_rebuilds_its_table(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    daily.deliver("a.csv", line())
    assert daily.run() == 0
    before = daily.lake.main(UNIQUE_VISITORS)
    object.__setattr__(unique_visitors.JOB, "version", 2)
    try:
        assert daily.run() == 0
    finally:
        object.__setattr__(unique_visitors.JOB, "version", 1)
    assert daily.lake.main(UNIQUE_VISITORS) != before


@pytest.mark.nightly
def test_a_job_runs_alone_on_what_is_published(daily: InProcess) -> None:
    daily.deliver("a.csv", line())
    arguments = ["--input", str(daily.input)]
    assert daily.run(*arguments, job=clean_events.JOB) == 0, daily.output
    assert daily.run(job=visitor_days.JOB) == 0, daily.output
    assert daily.run(job=unique_visitors.JOB) == 3
    assert (
        "reads ecommerce.visitor_first_seen, which is not built yet: run ecommerce.visitor_first_seen first"
        in daily.output
    )
    assert daily.run(job=visitor_first_seen.JOB) == 0, daily.output
    assert daily.run(job=unique_visitors.JOB) == 0, daily.output
    [row] = daily.table("ecommerce.unique_visitors").filter("grain = 'day'").collect()
    assert (row.visitors, row.new_visitors) == (1, 1)


@pytest.mark.nightly
def test_a_table_of_another_shape_is_refused(daily: InProcess) -> None:
    daily.deliver("a.csv", line())
    assert daily.run() == 0
    daily.spark.sql("ALTER TABLE lake.ecommerce.clean_events ADD COLUMNS (colour string)")
    assert daily.run() == 2
    assert (
        "ecommerce.clean_events has other columns than this version of Weir writes (without colour string)"
        in daily.output
    )


@pytest.mark.nightly
def test_a_mart_of_nothing_is_published_once(daily: InProcess) -> None:
    daily.deliver("a.csv", line(price="x"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    before = snapshots(daily)
    assert daily.run() == 0, daily.output
    assert daily.output.count("nothing new") == len(daily.job.jobs)
    assert (snapshots(daily), daily.table("ecommerce.unique_visitors").count()) == (before, 0)


@pytest.mark.nightly
def test_a_newest_event_far_from_the_others_is_a_warning(daily: InProcess) -> None:
    unmet = "the newest day follows within 7 days of the one before"
    warning = f"warning: ecommerce.clean_events: expectation not met: {unmet}"
    daily.deliver("a.csv", line(), line(event_time="2019-10-08 10:00:00"))
    assert daily.run() == 0
    assert warning not in daily.output
    daily.deliver("b.csv", line(event_time="2019-10-16 10:00:00"))
    assert daily.run() == 0
    assert warning in daily.output


@pytest.mark.nightly
def test_a_run_that_another_one_overtook_at_a_mart_alone_publishes_nothing(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    judge, before = gate.QualityGate.evaluate, snapshots(daily)

    def overtaken(self: gate.QualityGate) -> list[str]:
        """Meanwhile another run publishes unique_visitors."""
        daily.lake.append(UNIQUE_VISITORS, daily.lake.published(UNIQUE_VISITORS))
        return judge(self)

    monkeypatch.setattr(gate.QualityGate, "evaluate", overtaken)
    daily.deliver("b.csv", line(product_id="2"))
    assert daily.run() == 4, daily.output
    assert "another run published ecommerce.unique_visitors" in daily.output
    moved = {name for name, snapshot in snapshots(daily).items() if snapshot != before[name]}
    assert moved == {UNIQUE_VISITORS.name}

    monkeypatch.undo()
    assert daily.run("--full") == 0, daily.output
    assert daily.table("ecommerce.clean_events").count() == 2
