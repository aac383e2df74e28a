"""Roll back a lake to an earlier run."""

from typing import Any

import pytest

from jobs.ecommerce import clean_events
from jobs.lake import maintain, replay_rejected, restore
from jobs.runtime.batch.write_audit_publish import Run
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Pipeline
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.maintenance import domain_jobs, domain_rollback
from jobs.runtime.spark.small_frames import content_hash
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.table import Table
from tests.conftest import TWO_TABLES, InProcess, line, on_newer_line
from tests.spark.runs.test_daily import newest
from tests.spark.runs.test_redelivery import Killed, event, refused, take, there

pytestmark = pytest.mark.slow

TABLES = (CLEAN_EVENTS, REJECTED_EVENTS, VISITOR_FIRST_SEEN)


@pytest.fixture
def shop(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", Pipeline("ecommerce.daily", [clean_events.JOB]))
    daily.job = clean_events.JOB
    return daily


def content(daily: InProcess) -> list[str]:
    return [content_hash(daily.table(table.name).select(*table.data_columns)) for table in TABLES]


@on_newer_line
@pytest.mark.both_lines
def test_a_bad_delivery_is_undone_and_can_be_taken_again(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", TWO_TABLES)
    daily.job = TWO_TABLES
    daily.deliver("a.csv", line(), line(price="x"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    good, [run_id] = content(daily), [row.run_id for row in daily.table("ecommerce.clean_events").collect()]
    path = daily.deliver("b.csv", line(event_time="2019-10-02 10:00:00", user_id="2"), line(price="y"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    both, last = content(daily), daily.lake.main(CLEAN_EVENTS)

    assert daily.run("--run", run_id, "--dry_run", job=restore.JOB) == 0, daily.output
    assert (
        "ecommerce.clean_events: 2 rows -> 1\n  2019-10-02: 1 -> 0\necommerce.rejected_events: 2 rows -> 1\n  "
        in daily.output
    )
    assert f"{path} counts as new again: the next run ingests it\nnothing was changed" in daily.output
    assert content(daily) == both

    assert daily.run("--run", run_id, job=restore.JOB) == 0, daily.output
    assert f"{path} counts as new again: the next run ingests it" in daily.output
    assert content(daily) == good
    assert daily.table("ops.files").filter("state = 'undone'").count() == 1

    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert "2 rows read = 1 kept + 1 rejected + 0 duplicate + 0 late" in daily.output
    assert content(daily) == both

    # A rolled-back snapshot is not part of the history.
    assert daily.run("--snapshot", str(last), job=restore.JOB) == 2
    assert f"no table of ecommerce that takes files has snapshot {last} in its remaining history" in daily.output
    assert daily.run("--snapshot", str(daily.lake.main(CLEAN_EVENTS)), "--dry_run", job=restore.JOB) == 0
    assert "nothing to roll back: no run is newer\nnothing was changed" in daily.output


@pytest.mark.nightly
def test_what_an_undone_run_had_read_again_is_read_again_when_it_has_to(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", TWO_TABLES)
    daily.job = TWO_TABLES
    first = daily.deliver("a.csv", line())
    daily.deliver("b.csv", line(), line(user_id="2"))
    assert daily.run() == 0, daily.output
    both, [run_id] = content(daily), {row.run_id for row in daily.table("ecommerce.clean_events").collect()}
    assert daily.run("--withdraw", str(first)) == 0, daily.output  # the row is read from the other file
    assert daily.run("--run", run_id, job=restore.JOB) == 0, daily.output
    assert daily.run("--withdraw", str(first)) == 0, daily.output
    assert content(daily) == both


@pytest.mark.nightly
def test_of_a_file_that_came_several_times_the_delivery_that_was_well_is_left(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1))
    path = shop.deliver("b.csv", event(10))
    take(shop)
    first = newest(shop, CLEAN_EVENTS).run_id
    for number in (11, 12):
        shop.deliver("b.csv", event(number, day=number - 9))
        take(shop)
    assert shop.run("--run", first, job=restore.JOB) == 0, shop.output
    assert f"{path} is taken in its earlier version" in shop.output
    assert there(shop) == {1: "a", 10: "b"}
    assert take(shop) == "1 read 1 kept 1 replaced"
    assert there(shop) == {1: "a", 12: "b"}


@pytest.mark.nightly
def test_a_file_that_came_and_was_withdrawn_since_is_as_if_it_had_never_been(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1))
    take(shop)
    first = newest(shop, CLEAN_EVENTS).run_id
    path = shop.deliver("b.csv", event(2))
    take(shop)
    take(shop, "--withdraw", str(path))
    assert shop.run("--run", first, job=restore.JOB) == 0, shop.output
    assert f"{path} counts as new again: the next run ingests it" in shop.output
    assert take(shop) == "1 read 1 kept"
    assert there(shop) == {1: "a", 2: "b"}


@pytest.mark.nightly
def test_a_replay_that_is_undone_gives_its_rows_back_also_by_a_restore_that_is_killed(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.deliver("a.csv", event(1), event(2, day=2))
    take(shop, "--clock", "2019-10-01T12:00:00Z")
    first = newest(shop, CLEAN_EVENTS).run_id
    assert shop.run(job=replay_rejected.JOB) == 0, shop.output
    assert there(shop) == {1: "a", 2: "a"}
    kill(shop, monkeypatch, first, after=1)
    assert take(shop) == "nothing"
    assert (there(shop), refused(shop)) == ({1: "a"}, [("a", "future")])
    assert shop.run(job=replay_rejected.JOB) == 0, shop.output
    assert (there(shop), refused(shop)) == ({1: "a", 2: "a"}, [])


@pytest.mark.nightly
def test_a_restore_that_was_killed_before_it_did_anything_leaves_nothing_that_counts_later(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.deliver("a.csv", event(1))
    take(shop)
    first = newest(shop, CLEAN_EVENTS).run_id
    shop.deliver("b.csv", event(2), line(price="x"))
    take(shop)
    kill(shop, monkeypatch, first, after=0)
    shop.deliver("c.csv", event(3, day=2))
    take(shop)
    assert (
        shop.run("--keep_days", "0", "--live_hours", "0", "--clock", "2100-01-01T00:00:00Z", job=maintain.JOB) == 0
    ), shop.output
    shop.deliver("b.csv", event(22), line(price="y"))
    assert take(shop) == "2 read 1 kept 1 rejected 1 replaced"
    assert (there(shop), refused(shop)) == ({1: "a", 22: "b", 3: "c"}, [("b", "bad_price")])


@pytest.mark.nightly
def test_a_run_based_on_a_rolled_back_snapshot_is_overtaken(shop: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    first = first_of_two_runs(shop)
    shop.deliver("c.csv", event(3))
    publish, undone = Run._publish, list[int]()

    def publish_late(run: Run) -> None:
        undone.append(shop.run("--run", first, "--live_hours", "0", job=restore.JOB))
        publish(run)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_publish", publish_late)
        assert shop.run() == 4
    assert undone == [0]
    assert there(shop) == {1: "a"}
    assert take(shop) == "2 read 2 kept"
    assert there(shop) == {1: "a", 2: "b", 3: "c"}


@pytest.mark.nightly
def test_a_run_that_publishes_during_a_restore_is_not_rolled_back(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = first_of_two_runs(shop)
    by_day, counted = domain_rollback._count_by_day, list[int]()

    def counted_late(*given: Any) -> Any:
        if not counted:
            shop.deliver("c.csv", event(3))
            counted.append(shop.run())
        return by_day(*given)

    with monkeypatch.context() as patch:
        patch.setattr(domain_rollback, "_count_by_day", counted_late)
        assert shop.run("--run", first, job=restore.JOB) == 4
    assert counted == [0]
    assert there(shop) == {1: "a", 2: "b", 3: "c"}
    assert shop.run("--run", first, job=restore.JOB) == 0, shop.output
    assert there(shop) == {1: "a"}
    assert take(shop) == "2 read 2 kept"


def first_of_two_runs(shop: InProcess) -> str:
    """The run that ingested a.csv, before the one that ingested b.csv."""
    shop.deliver("a.csv", event(1))
    take(shop)
    first = newest(shop, CLEAN_EVENTS).run_id
    shop.deliver("b.csv", event(2))
    take(shop)
    return str(first)


def kill(shop: InProcess, monkeypatch: pytest.MonkeyPatch, run_id: str, *, after: int) -> None:
    """Kill a restore after it has rolled back this many tables."""
    move, done = Lake.set_main, list[str]()

    def move_some(lake: Lake, table: Table, main: int | None, snapshot: int) -> None:
        if len(done) == after:
            raise Killed
        done.append(table.name)
        move(lake, table, main, snapshot)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "set_main", move_some)
        patch.setattr(Ledger, "close", lambda *_: {})
        with pytest.raises(Killed):
            shop.run("--run", run_id, job=restore.JOB)
    shop.capsys.readouterr()


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("after", "then"),
    [
        (0, "restore"),
        *(pytest.param(*one, marks=pytest.mark.nightly) for one in ((1, "restore"), (0, "run"), (1, "run"))),
    ],
)
def test_a_restore_killed_between_tables_is_finished(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, after: int, then: str
) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", Pipeline("ecommerce.daily", [clean_events.JOB]))
    daily.job = clean_events.JOB
    daily.deliver("a.csv", line(), line(price="x"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    [run_id] = [row.run_id for row in daily.table("ecommerce.clean_events").collect()]
    path = daily.deliver("b.csv", line(user_id="2"), line(price="y"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    kill(daily, monkeypatch, run_id, after=after)
    if then == "restore":
        path.rename(daily.folder / "b.csv")
        assert daily.run("--run", run_id, "--live_hours", "0", job=restore.JOB) == 0, daily.output
        assert [row.raw_line.split(",")[6] for row in daily.table("ecommerce.rejected_events").collect()] == ["x"]
        assert daily.table("ecommerce.clean_events").count() == 1
        (daily.folder / "b.csv").rename(path)
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert sorted(row.raw_line.split(",")[6] for row in daily.table("ecommerce.rejected_events").collect()) == [
        "x",
        "y",
    ]
    assert sorted(row.user_id for row in daily.table("ecommerce.clean_events").collect()) == [1, 2]


def test_restore_needs_a_run_or_a_snapshot(daily: InProcess) -> None:
    assert daily.run(job=restore.JOB) == 2
    assert f"there is no lake at {daily.path}" in daily.output
    assert not daily.path.exists()
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    assert daily.run(job=restore.JOB) == 2
    assert "give exactly one of --run and --snapshot" in daily.output
