"""The number of Iceberg commits of a run. Each writes a metadata file, which takes a second or more on a bucket."""

from pathlib import Path

import pytest

from jobs.ecommerce import daily as whole
from jobs.runtime.batch import write_audit_publish
from schemas.ops.files import FILES
from schemas.ops.runs import RUNS
from tests.conftest import TWO_TABLES, InProcess, line

pytestmark = pytest.mark.slow

TABLES = [table for job in whole.JOB.jobs for table in job.tables]
# Create a branch, write to it, and fast-forward main, which also drops the branch.
PUBLISHED = dict.fromkeys((table.name for job in TWO_TABLES.jobs for table in job.tables), 3)
PUBLISHED_BY_ALL = dict.fromkeys((table.name for table in TABLES), 3)
# The files as staging and as taken; the run as started and as ended.
OF_THE_RUN = {FILES.name: 2, RUNS.name: 2}


def versions(daily: InProcess) -> dict[str, int]:
    """The number of commits to each table since it was created, from the version number of its metadata file."""
    there = [table for table in (*TABLES, FILES, RUNS) if daily.spark.catalog.tableExists(f"lake.{table.name}")]
    return {table.name: int(Path(daily.lake.metadata_file(table)).name.partition("-")[0]) for table in there}


def commits(daily: InProcess, *arguments: str) -> dict[str, int]:
    """The number of commits that a successful run added to each table."""
    daily.spark._jsparkSession.sessionState().catalogManager().reset()
    before = versions(daily) if daily.path.exists() else {}
    assert daily.run("--max_rejected_share", "1", *arguments) == 0, daily.output
    return {name: added for name, version in versions(daily).items() if (added := version - before.get(name, 0))}


@pytest.mark.nightly
def test_a_table_takes_three_commits_and_the_ledger_two_whatever_a_run_has_to_do(daily: InProcess) -> None:
    daily.deliver("a.csv", line(), line(product_id="2"), line(price="x"))
    withdrawn = daily.deliver("b.csv", line(), line(product_id="3", user_id="2", event_time="2019-09-01 10:00:00"))
    assert commits(daily) == PUBLISHED | OF_THE_RUN

    daily.deliver("c.csv", line(product_id="4", user_id="3", event_time="2019-10-02 10:00:00"))
    assert commits(daily) == PUBLISHED | OF_THE_RUN

    daily.deliver("a.csv", line(user_id="4"), line(price="y"))
    assert commits(daily, "--withdraw", str(withdrawn)) == PUBLISHED | OF_THE_RUN

    assert commits(daily) == {RUNS.name: 2}


@pytest.mark.nightly
def test_what_a_dead_run_left_open_is_settled_in_the_commits_of_the_next(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily.deliver("a.csv", line())
    with monkeypatch.context() as patch:
        patch.setattr(write_audit_publish.Run, "_clean_up", lambda *_: None)  # a killed process does not clean up
        patch.setattr(write_audit_publish.Run, "_publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            daily.run()
    assert commits(daily) == PUBLISHED | OF_THE_RUN


@pytest.mark.nightly
def test_so_it_is_of_every_table_of_the_whole_pipeline(daily: InProcess) -> None:
    daily.job = whole.JOB
    daily.deliver("a.csv", line(event_type="cart"), line(event_type="purchase", product_id="2"), line(price="x"))
    assert commits(daily) == PUBLISHED_BY_ALL | OF_THE_RUN

    daily.deliver("b.csv", line(product_id="3", user_id="2", event_time="2019-10-02 10:00:00"), line(price="y"))
    assert commits(daily) == PUBLISHED_BY_ALL | OF_THE_RUN
