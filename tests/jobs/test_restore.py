"""Going back to an earlier run of a lake."""

import pytest

from jobs.ecommerce import clean_events
from jobs.frames import content_hash
from jobs.lake import domains, restore
from jobs.runtime.job import Pipeline
from jobs.runtime.lake import Lake
from jobs.runtime.ledger import Ledger
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.table import Table
from tests.conftest import TWO_TABLES, InProcess, line

pytestmark = pytest.mark.slow

TABLES = (CLEAN_EVENTS, REJECTED_EVENTS, VISITOR_FIRST_SEEN)


def content(daily: InProcess) -> list[str]:
    return [content_hash(daily.table(table.name).select(*table.data_columns)) for table in TABLES]


def test_a_bad_delivery_is_undone_and_can_be_taken_again(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domains.PIPELINES, "ecommerce", TWO_TABLES)
    daily.job = TWO_TABLES
    daily.deliver("a.csv", line(), line(price="x"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.told
    good, [run_id] = content(daily), [row.run_id for row in daily.table("ecommerce.clean_events").collect()]
    path = daily.deliver("b.csv", line(event_time="2019-10-02 10:00:00", user_id="2"), line(price="y"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.told
    both, last = content(daily), daily.lake.main(CLEAN_EVENTS)

    assert daily.run("--run", run_id, "--dry_run", job=restore.JOB) == 0, daily.told
    assert "ecommerce.clean_events: 2 rows -> 1\n  2019-10-02: 1 -> 0\necommerce.rejected_events: 2 rows -> 1\n  " in daily.told
    assert f"{path} is not taken any more\nnothing was changed" in daily.told
    assert content(daily) == both

    assert daily.run("--run", run_id, job=restore.JOB) == 0, daily.told
    assert f"{path} is not taken any more" in daily.told
    assert content(daily) == good
    assert daily.table("ops.files").filter("state = 'undone'").count() == 1

    assert daily.run("--max_rejected_share", "1") == 0, daily.told
    assert "2 rows read = 1 kept + 1 rejected + 0 duplicate + 0 late" in daily.told
    assert content(daily) == both

    # What was undone is no part of the history any more.
    assert daily.run("--snapshot", str(last), job=restore.JOB) == 2
    assert f"no clean table of ecommerce has snapshot {last} in what is left of its history" in daily.told
    assert daily.run("--snapshot", str(daily.lake.main(CLEAN_EVENTS)), "--dry_run", job=restore.JOB) == 0
    assert "ecommerce.clean_events: 2 rows -> 2\necommerce.rejected_events: 2 rows -> 2\nnothing was changed" in daily.told


def test_what_an_undone_run_had_read_again_is_read_again_when_it_has_to(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(domains.PIPELINES, "ecommerce", TWO_TABLES)
    daily.job = TWO_TABLES
    first = daily.deliver("a.csv", line())
    daily.deliver("b.csv", line(), line(user_id="2"))
    assert daily.run() == 0, daily.told
    both, [run_id] = content(daily), {row.run_id for row in daily.table("ecommerce.clean_events").collect()}
    assert daily.run("--withdraw", str(first)) == 0, daily.told  # the row comes back from the other file
    assert daily.run("--run", run_id, job=restore.JOB) == 0, daily.told
    assert daily.run("--withdraw", str(first)) == 0, daily.told
    assert content(daily) == both


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("then", ["restore", "run"])
def test_what_is_killed_between_its_tables_is_finished(daily: InProcess, monkeypatch: pytest.MonkeyPatch, after: int, then: str) -> None:
    monkeypatch.setitem(domains.PIPELINES, "ecommerce", Pipeline("ecommerce.daily", [clean_events.JOB]))
    daily.job = clean_events.JOB
    daily.deliver("a.csv", line(), line(price="x"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.told
    [run_id] = [row.run_id for row in daily.table("ecommerce.clean_events").collect()]
    path = daily.deliver("b.csv", line(user_id="2"), line(price="y"))
    assert daily.run("--max_rejected_share", "1") == 0, daily.told
    roll_back, done = Lake.roll_back, list[str]()

    def roll_some_back(lake: Lake, table: Table, runs: set[str]) -> None:
        if len(done) == after:
            raise Killed
        done.append(table.name)
        roll_back(lake, table, runs)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "roll_back", roll_some_back)
        patch.setattr(Ledger, "close", lambda *_: {})
        with pytest.raises(Killed):
            daily.run("--run", run_id, job=restore.JOB)
    daily.capsys.readouterr()
    if then == "restore":
        path.rename(daily.folder / "b.csv")
        assert daily.run("--run", run_id, "--live_hours", "0", job=restore.JOB) == 0, daily.told
        assert [row.raw_line.split(",")[6] for row in daily.table("ecommerce.rejected_events").collect()] == ["x"]
        assert daily.table("ecommerce.clean_events").count() == 1
        (daily.folder / "b.csv").rename(path)
    assert daily.run("--max_rejected_share", "1") == 0, daily.told
    assert sorted(row.raw_line.split(",")[6] for row in daily.table("ecommerce.rejected_events").collect()) == ["x", "y"]
    assert sorted(row.user_id for row in daily.table("ecommerce.clean_events").collect()) == [1, 2]


def test_it_is_told_what_to_go_back_to(daily: InProcess) -> None:
    assert daily.run(job=restore.JOB) == 2
    assert f"there is no lake at {daily.path}" in daily.told
    assert not daily.path.exists()
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.told
    assert daily.run(job=restore.JOB) == 2
    assert "say --run or --snapshot, one of them" in daily.told
