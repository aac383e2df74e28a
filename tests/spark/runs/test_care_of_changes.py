"""Maintenance of CDC tables: retention, rollback, erasure and repeated ingestion."""

import re

import pytest

from jobs.cdc import apply
from jobs.lake import forget, maintain, rebuild_ledger, replay_rejected, restore
from jobs.runtime.cli import lake_commands
from jobs.runtime.run import main
from tests.conftest import InProcess

PEOPLE = ("--table", "people")
CDC = ("--domain", "cdc")
HEADER = "Op,TIMESTAMP,id,name"


@pytest.fixture
def people(daily: InProcess) -> InProcess:
    """A table of two runs: three rows; then one deleted, one changed and one rejected."""
    daily.job = apply.JOB
    daily.deliver("LOAD00000001.csv", "1,Ana", "2,Ivo", "3,Eva", header="id,name")
    assert (
        daily.run(*PEOPLE, "--keys", "id", "--person", "name", "--history", "all", "--clock", "2019-10-04T12:00:00Z")
        == 0
    ), daily.output
    daily.deliver(
        "20191005-100000000.csv",
        "D,2019-10-05 10:00:00,1,Ana",
        "U,2019-10-05 10:00:01,2,Ivan",
        "U,2019-10-05 10:00:02,NULL,Mia",
        header=HEADER,
    )
    assert daily.run(*PEOPLE, "--max_rejected_share", "1", "--clock", "2019-10-05T12:00:00Z") == 0, daily.output
    return daily


def rows(people: InProcess) -> list[tuple[str, str]]:
    return sorted((row.id, row.name) for row in people.table("cdc.people").select("id", "name").collect())


def first_run(people: InProcess) -> str:
    run: str = people.table("ops.runs").agg({"run_id": "min"}).collect()[0][0]
    return run


@pytest.mark.slow
@pytest.mark.nightly
def test_a_run_that_changed_rows_is_undone_with_its_deletes(people: InProcess) -> None:
    assert people.run(*CDC, "--run", first_run(people), "--dry_run", job=restore.JOB) == 0, people.output
    assert "cdc.people: 2 rows -> 3" in people.output, people.output
    assert people.run(*CDC, "--run", first_run(people), job=restore.JOB) == 0, people.output
    assert rows(people) == [("1", "Ana"), ("2", "Ivo"), ("3", "Eva")]
    assert (people.table("cdc.people_history").count(), people.table("cdc.rejected_people").count()) == (3, 0)
    assert people.run(*PEOPLE, "--max_rejected_share", "1") == 0, people.output
    assert rows(people) == [("2", "Ivan"), ("3", "Eva")]


@pytest.mark.nightly
@pytest.mark.slow
def test_a_person_is_erased_from_current_rows_and_history(people: InProcess) -> None:
    assert people.run(*CDC, "--person", "Ivo", "--dry_run", job=forget.JOB) == 0, people.output
    assert "cdc.people_history: 1 row would be erased" in people.output
    assert people.run(*CDC, "--person", "Ivo", job=forget.JOB) == 0, people.output
    assert "0 hold the person" in people.output
    assert sorted(row.name for row in people.table("cdc.people_history").collect()) == ["Ana", "Eva", "Ivan"]
    people.deliver(
        "20191006-100000000.csv", "I,2019-10-06 10:00:00,7,Ivo", "I,2019-10-06 10:00:00,8,Mia", header=HEADER
    )
    assert people.run(*PEOPLE, "--max_rejected_share", "1") == 0, people.output
    assert rows(people) == [("2", "Ivan"), ("3", "Eva"), ("8", "Mia")]


@pytest.mark.slow
@pytest.mark.nightly
def test_an_expired_tombstone_is_removed_and_its_row_does_not_come_back(people: InProcess) -> None:
    people.deliver("20191105-100000000.csv", "U,2019-11-05 10:00:00,3,Eve", header=HEADER)
    assert people.run(*PEOPLE) == 0, people.output
    kinds = people.table("cdc.people_aux").groupBy("kind").count()
    assert {row.kind: row["count"] for row in kinds.collect()} == {"tombstone": 1}
    # Retention counts from the clock where it is before the newest change.
    for clock, is_empty in (("2019-10-06T00:00:00Z", False), ("2099-01-01T00:00:00Z", True)):
        assert people.run(*CDC, "--keep_days", "0", "--clock", clock, job=maintain.JOB) == 0, people.output
        assert people.table("cdc.people_aux").isEmpty() == is_empty
    assert people.table("cdc.people.delete_files").isEmpty()
    people.deliver(
        "20191105-110000000.csv", "U,2019-10-05 09:00:00,1,late", "U,2019-10-05 09:00:00,3,late", header=HEADER
    )
    assert people.run(*PEOPLE, "--max_rejected_share", "1") == 0, people.output
    assert rows(people) == [("2", "Ivan"), ("3", "Eve")]
    assert "beyond_retention" in {
        problem for row in people.table("cdc.rejected_people").collect() for problem in row.problems
    }


@pytest.mark.slow
@pytest.mark.nightly
def test_files_with_refused_changes_are_taken_again(people: InProcess) -> None:
    assert people.run(*CDC, "--dry_run", job=replay_rejected.JOB) == 0, people.output
    assert people.run(*CDC, job=replay_rejected.JOB) == 0, people.output
    assert "cdc.rejected_people: 1 file with rejected changes will be taken again by the next run" in people.output
    assert people.run(*PEOPLE, "--max_rejected_share", "1") == 0, people.output
    assert "3 changes read, 0 applied, 2 replayed, 1 rejected" in people.output
    assert (rows(people), people.table("cdc.rejected_people").count()) == ([("2", "Ivan"), ("3", "Eva")], 1)


@pytest.mark.slow
@pytest.mark.nightly
def test_without_its_ledger_a_table_takes_its_changes_again_and_stays_as_it_is(people: InProcess) -> None:
    before = rows(people), sorted(map(repr, people.table("cdc.people_history").drop("_applied_at").collect()))
    people.spark.sql("DROP TABLE lake.ops.files")
    assert people.run(*CDC, job=rebuild_ledger.JOB) == 0, people.output
    assert re.search(
        r"cdc.people: found \d+ rows? of \d+ runs?, the last at .*, and 0 files in the ledger; the next run reads all",
        people.output,
    )
    assert people.run(*PEOPLE, "--max_rejected_share", "1") == 0, people.output
    assert (rows(people), sorted(map(repr, people.table("cdc.people_history").drop("_applied_at").collect()))) == before


@pytest.mark.slow
def test_a_table_that_no_file_declares_is_listed_and_shown(people: InProcess) -> None:
    assert main(lake_commands.COMMANDS["tables"], ["--lake", str(people.path)]) == 0
    assert "cdc.people_history" in people.capsys.readouterr().out
    assert main(lake_commands.COMMANDS["show"], ["--table", "cdc.people", "--lake", str(people.path)]) == 0
    assert "Ivan" in people.capsys.readouterr().out
