"""The files that a run ingests, reads again or withdraws, from the rows of the ledger: cases without a lake."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from pyspark.sql import Row

from jobs.runtime.day_set import DayRanges
from jobs.runtime.errors import BadInput
from jobs.runtime.ingest.file_plan import files_to_reread, known_files, plan_files
from jobs.runtime.storage.listing import File


@pytest.fixture
def zagreb(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Zagreb")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def recorded(path: str, run_id: str, state: str, at: str, duplicates: int | None) -> Row:
    """A timestamp as Spark returns it, in the time zone of the machine."""
    local = datetime.fromtimestamp(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())  # noqa: DTZ006
    day = datetime.fromisoformat(at).date()
    columns = {"path": path, "run_id": run_id, "state": state, "recorded_at": local, "duplicates": duplicates}
    return Row(**columns, bytes=1, version="1", first_day=day, last_day=day)


@pytest.mark.usefixtures("zagreb")
def test_what_an_undone_run_read_again_is_known_though_the_clock_shows_an_hour_twice() -> None:
    """At 01:00 UTC the clocks went back from 03:00 to 02:00 there."""
    rows = [
        recorded("/in/a.csv", "first", "taken", "2026-10-24 12:00:00", 0),
        recorded("/in/b.csv", "first", "taken", "2026-10-24 12:00:00", 1),
        recorded("/in/a.csv", "bad", "withdrawn", "2026-10-25 00:50:00", 0),
        recorded("/in/b.csv", "first", "taken", "2026-10-25 01:10:00", 0),
    ]
    found = known_files(rows, set(), {"bad"})
    assert {path: row.duplicates for path, row in found.taken.items()} == {"/in/a.csv": 0, "/in/b.csv": None}


# Runs are named r1, r2, … in their order; those in `published` are published on main.
HISTORIES = [
    # case, states of a.csv as (run, state), published runs, state of the file, state to record for it
    ("taken", [("r1", "staging"), ("r1", "taken")], {"r1"}, "taken", None),
    ("killed before it published", [("r1", "staging")], set(), "unknown", "void"),
    ("killed after it published", [("r1", "staging")], {"r1"}, "taken", "taken"),
    ("void, then published after all", [("r1", "staging"), ("r1", "void")], {"r1"}, "taken", "taken"),
    ("void", [("r1", "staging"), ("r1", "void")], set(), "unknown", None),
    ("taken, a correction killed", [("r1", "staging"), ("r1", "taken"), ("r2", "staging")], {"r1"}, "taken", "void"),
    ("withdrawn", [("r1", "taken"), ("r2", "withdrawing"), ("r2", "withdrawn")], {"r1", "r2"}, "withdrawn", None),
    ("a withdrawal killed before it published", [("r1", "taken"), ("r2", "withdrawing")], {"r1"}, "taken", "void"),
    (
        "a withdrawal killed after it published",
        [("r1", "taken"), ("r2", "withdrawing")],
        {"r1", "r2"},
        "withdrawn",
        "withdrawn",
    ),
    (
        "withdrawn and taken again",
        [("r1", "taken"), ("r2", "withdrawn"), ("r3", "taken")],
        {"r1", "r2", "r3"},
        "taken",
        None,
    ),
]


@pytest.mark.parametrize(
    ("states", "published", "state", "settled"), [one[1:] for one in HISTORIES], ids=[one[0] for one in HISTORIES]
)
def test_main_decides_what_became_of_a_file(
    states: list[tuple[str, str]], published: set[str], state: str, settled: str | None
) -> None:
    rows = [
        recorded("/in/a.csv", run, word, f"2019-10-01 10:00:{second:02}", 0)
        for second, (run, word) in enumerate(states)
    ]
    found = known_files(rows, published, set())
    assert ("/in/a.csv" in found.taken, "/in/a.csv" in found.withdrawn) == (state == "taken", state == "withdrawn")
    assert [end["state"] for end in found.pending_states] == ([settled] if settled else [])


def test_what_an_undone_run_took_is_not_taken() -> None:
    rows = [
        recorded("/in/a.csv", "r1", "taken", "2019-10-01 10:00:00", 0),
        recorded("/in/a.csv", "r2", "taken", "2019-10-01 11:00:00", 0),
    ]
    found = known_files(rows, {"r1"}, {"r2"})
    assert (found.taken["/in/a.csv"].run_id, [end["state"] for end in found.pending_states][:1]) == ("r1", ["undone"])
    assert known_files(rows[1:], set(), {"r2"}).taken == {}


LEDGER = [
    recorded("/in/taken.csv", "r1", "taken", "2019-10-01 10:00:00", 0),
    recorded("/in/withdrawn.csv", "r1", "withdrawn", "2019-10-01 10:00:00", 0),
]
SAME, OTHER = "1", "2"
INPUTS = [
    # case, files present as {name: version}, withdrawn by option; expected fresh, corrected and withdrawn files
    ("a new file", {"new.csv": SAME}, [], ["new.csv"], [], []),
    ("the same file again", {"taken.csv": SAME}, [], [], [], []),
    ("other content", {"taken.csv": OTHER}, [], [], ["taken.csv"], []),
    ("a file that is gone from the input stays taken", {}, [], [], [], []),
    ("withdrawn while it is there", {"taken.csv": SAME}, ["taken.csv"], [], [], ["taken.csv"]),
    ("withdrawn though it is gone", {}, ["taken.csv"], [], [], ["taken.csv"]),
    ("changed and withdrawn at once", {"taken.csv": OTHER}, ["taken.csv"], [], [], ["taken.csv"]),
    ("a withdrawn file stays withdrawn", {"withdrawn.csv": SAME}, [], [], [], []),
    ("withdrawn twice", {"withdrawn.csv": SAME}, ["withdrawn.csv"], [], [], []),
    ("a withdrawn file with other content", {"withdrawn.csv": OTHER}, [], ["withdrawn.csv"], [], []),
    (
        "a withdrawn file with other content, withdrawn again",
        {"withdrawn.csv": OTHER},
        ["withdrawn.csv"],
        [],
        [],
        ["withdrawn.csv"],
    ),
]


@pytest.mark.parametrize(
    ("found", "withdraw", "fresh", "corrected", "withdrawn"),
    [one[1:] for one in INPUTS],
    ids=[one[0] for one in INPUTS],
)
def test_each_file_is_new_corrected_withdrawn_or_left_as_it_is(
    found: dict[str, str], withdraw: list[str], fresh: list[str], corrected: list[str], withdrawn: list[str]
) -> None:
    files = [File(f"/in/{name}", 1, version) for name, version in found.items()]
    plan = plan_files(known_files(LEDGER, {"r1"}, set()), files, [], [f"/in/{name}" for name in withdraw])
    names = ([file.path for file in plan.fresh], [file.path for file in plan.corrected], list(plan.withdrawn))
    assert names == tuple([f"/in/{name}" for name in listed] for listed in (fresh, corrected, withdrawn))
    assert plan.retracted == sorted(f"/in/{name}" for name in (*corrected, *withdrawn))


def test_a_file_that_was_never_taken_cannot_be_withdrawn() -> None:
    with pytest.raises(
        BadInput, match=r"--withdraw /in/take\.csv: no such file was taken; did you mean /in/taken\.csv\?"
    ):
        plan_files(known_files(LEDGER, {"r1"}, set()), [], [], ["/in/take.csv"])


def test_files_with_duplicates_on_the_days_of_a_file_that_goes_are_read_again() -> None:
    """The number of duplicates of the files of a killed run is unknown."""
    rows = [
        recorded("/in/gone.csv", "r1", "taken", "2019-10-01 10:00:00", 1),
        recorded("/in/with.csv", "r1", "taken", "2019-10-01 10:00:00", 1),
        recorded("/in/without.csv", "r1", "taken", "2019-10-01 10:00:00", 0),
        recorded("/in/unknown.csv", "r1", "taken", "2019-10-01 10:00:00", None),
        recorded("/in/another_day.csv", "r1", "taken", "2019-10-02 10:00:00", 1),
    ]
    day = date(2019, 10, 1)
    again = files_to_reread(known_files(rows, {"r1"}, set()), ["/in/gone.csv"], DayRanges.of((day, day)))
    assert [row.path for row in again] == ["/in/unknown.csv", "/in/with.csv"]
