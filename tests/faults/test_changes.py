"""Runs that apply changes, killed at each of their steps: the next run produces the undisturbed tables."""

from pathlib import Path

import pytest

from jobs.cdc import apply
from jobs.runtime.batch.write_audit_publish import Run
from jobs.runtime.spark.small_frames import content_hash
from tests.conftest import InProcess
from tests.faults import IS_FULL, fault
from tests.faults.killing import Killed, killed_at

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(4 * 3600)]
HEADER = "Op,TIMESTAMP,id,name"
ASKED = (
    "--table",
    "people",
    "--keys",
    "id",
    "--history",
    "all",
    "--max_rejected_share",
    "1",
    "--clock",
    "2019-10-05T12:00:00Z",
)
TABLES = ("cdc.people", "cdc.people_aux", "cdc.people_history", "cdc.rejected_people")
OF_THE_RUN = ("_applied_at", "source_file", "run_id", "received_on")


@fault(
    "C06",
    injected="kill before each commit of current, aux, history and rejected, and around them",
    checked="the next run: the same tables as undisturbed",
)
def test_a_run_that_is_killed_between_its_tables_is_finished_by_the_next(daily: InProcess) -> None:
    daily.job = apply.JOB
    two_of_three(daily, "calm")
    with killed_at(10_000) as steps:
        assert daily.run(*ASKED) == 0, daily.output
    expected = content(daily)
    assert steps.count("publish") == steps.count("stage") == len(TABLES)
    first_publish = steps.index("publish")
    for place in range(len(steps)) if IS_FULL else range(first_publish, first_publish + len(TABLES)):
        two_of_three(daily, f"killed {place}")
        with killed_at(place) as done, pytest.raises(Killed):
            daily.run(*ASKED)
        daily.capsys.readouterr()
        daily.say(f"killed after {done[-1:]}, {place} of {len(steps)} steps")
        assert daily.run(*ASKED) == 0, daily.output
        assert content(daily) == expected, done


@fault(
    "R05",
    injected="two runs that apply the same changes at once",
    checked="one publishes, the other exits with 4; the same tables as undisturbed",
)
def test_of_two_runs_at_once_one_wins(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    daily.job = apply.JOB
    two_of_three(daily, "calm")
    assert daily.run(*ASKED) == 0, daily.output
    expected, publish, inner = content(daily), Run._publish, list[int]()

    def publish_late(run: Run) -> None:
        if not inner:
            inner.append(-1)
            inner.append(daily.run(*ASKED))
        publish(run)

    two_of_three(daily, "at once")
    monkeypatch.setattr(Run, "_publish", publish_late)
    assert daily.run(*ASKED) == 4
    assert (inner[1], content(daily)) == (0, expected)
    assert daily.run(*ASKED) == 0, daily.output
    assert "every file is already taken" in daily.output


def two_of_three(daily: InProcess, name: str) -> Path:
    """A lake with a load and changes of all kinds, and an input file with more of them, one of them late."""
    daily.path, daily.input = daily.folder / name / "lake", daily.folder / name / "in"
    daily.input.mkdir(parents=True)
    daily.deliver("LOAD00000001.csv", "1,Ana", "2,Ivo", "3,Eva", header="id,name")
    daily.deliver(
        "20191005-100000000.csv", "D,2019-10-05 10:00:00,1,Ana", "U,2019-10-05 10:00:02,2,Ivan", header=HEADER
    )
    assert daily.run(*ASKED) == 0, daily.output
    changes = (
        "I,2019-10-05 10:00:03,1,Anna",
        "U,2019-10-05 10:00:01,2,Iva",
        "D,2019-10-05 10:00:04,3,",
        "I,2019-10-05 10:00:05,4,Mia",
        "X,,9,",
    )
    return daily.deliver("20191005-110000000.csv", *changes, header=HEADER)


def content(daily: InProcess) -> list[str]:
    return [content_hash(daily.table(name).drop(*OF_THE_RUN)) for name in TABLES]
