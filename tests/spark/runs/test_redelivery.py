"""Files that are delivered again (changed or not, late, or split differently) or withdrawn."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.ecommerce import clean_events
from jobs.ecommerce.daily import JOB as DAILY
from jobs.lake import forget
from jobs.runtime.batch import write_audit_publish
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Pipeline
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake
from jobs.runtime.spark.small_frames import content_hash
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from schemas.table import Table
from tests.conftest import HEADER, InProcess, line
from tests.faults import fault
from tests.spark.runs.test_daily import newest

pytestmark = pytest.mark.slow

TABLES = (CLEAN_EVENTS, REJECTED_EVENTS)
BAD = line(price="x")


@pytest.fixture
def shop(daily: InProcess) -> InProcess:
    daily.job = clean_events.JOB
    return daily


def take(shop: InProcess, *arguments: str) -> str:
    """Run the job, which must succeed. Returns its row counts."""
    assert shop.run("--max_rejected_share", "1", *arguments) == 0, shop.output
    row = newest(shop, CLEAN_EVENTS)
    if row.status == "no_change":
        return "nothing"
    counts = {name: row[f"rows_{name}"] for name in ("read", "kept", "rejected", "duplicate", "late", "replaced")}
    assert counts["read"] == counts["kept"] + counts["rejected"] + counts["duplicate"] + counts["late"]
    return " ".join(f"{count} {name}" for name, count in counts.items() if count)


def event(number: int, day: int = 1) -> str:
    return line(product_id=str(number), event_time=f"2019-10-{day:02} 10:00:00")


def there(shop: InProcess) -> dict[int, str]:
    """The file of each event, by the number of the event. Fails if an event is there twice."""
    rows = shop.table("ecommerce.clean_events").collect()
    assert len({row.product_id for row in rows}) == len(rows)
    return {row.product_id: Path(row.source_file).stem for row in rows}


def refused(shop: InProcess) -> list[tuple[str, str]]:
    return sorted(
        (Path(row.source_file).stem, row.problems[0]) for row in shop.table("ecommerce.rejected_events").collect()
    )


def states(shop: InProcess, name: str) -> list[str]:
    return [
        row.state for row in shop.table("ops.files").filter(f"path LIKE '%/{name}'").orderBy("recorded_at").collect()
    ]


def content(shop: InProcess) -> list[str]:
    return [
        content_hash(shop.table(table.name).select(*table.data_columns))
        for job in shop.job.jobs
        for table in job.tables
    ]


def test_the_same_file_again_is_nothing_new(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1), BAD)
    assert take(shop) == "2 read 1 kept 1 rejected"
    before = [shop.lake.main(table) for table in TABLES]
    assert take(shop) == "nothing"
    assert [shop.lake.main(table) for table in TABLES] == before


@pytest.mark.nightly
@fault(
    "R07",
    injected="late rows, corrected files, withdrawn files, and their runs killed",
    checked="affected tables are rebuilt, each by its own rule; the same tables as one run",
)
def test_a_file_with_other_content_replaces_its_rows(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1), event(2), event(3, day=2), BAD)
    shop.deliver("b.csv", event(4), event(5, day=2), event(6, day=3), line(user_id="x"))
    take(shop)
    kept = {row.product_id: row.run_id for row in shop.table("ecommerce.clean_events").collect()}
    shop.deliver("a.csv", event(1), event(7), event(8, day=4), line(event_type="x"))
    assert take(shop) == "4 read 3 kept 1 rejected 3 replaced"
    assert "4 rows read, 3 kept, 1 rejected, 3 replaced" in shop.output
    assert there(shop) == {1: "a", 4: "b", 5: "b", 6: "b", 7: "a", 8: "a"}
    assert refused(shop) == [("a", "unknown_event_type"), ("b", "bad_user_id")]
    after = {row.product_id: row.run_id for row in shop.table("ecommerce.clean_events").collect()}
    assert {number for number in after if after[number] == kept.get(number)} == {4, 5, 6}
    assert take(shop) == "nothing"


@fault("R07")
def test_a_withdrawn_file_is_removed_and_its_former_duplicates_are_kept_from_other_files(shop: InProcess) -> None:
    path = shop.deliver("a.csv", event(1), event(2), BAD)
    take(shop)
    shop.deliver("b.csv", event(1), event(1), event(3), BAD)
    shop.deliver("c.csv", event(1), event(4, day=2), event(4, day=2))
    assert take(shop) == "7 read 2 kept 1 rejected 4 duplicate"
    assert take(shop, "--withdraw", str(path)) == "3 read 1 kept 2 duplicate 2 replaced"
    assert there(shop) == {1: "b", 3: "b", 4: "c"}
    assert refused(shop) == [("b", "bad_price")]
    assert states(shop, "a.csv") == ["staging", "taken", "withdrawing", "withdrawn"]


@pytest.mark.nightly
def test_a_withdrawn_file_stays_withdrawn_until_it_comes_with_other_content(shop: InProcess) -> None:
    path = shop.deliver("a.csv", event(1))
    shop.deliver("b.csv", event(2))
    take(shop)
    assert take(shop, "--withdraw", str(path)) == "1 replaced"
    assert take(shop) == take(shop, "--withdraw", str(path)) == "nothing"
    assert there(shop) == {2: "b"}
    shop.deliver("a.csv", event(1), event(3))
    assert take(shop) == "2 read 2 kept"
    assert there(shop) == {1: "a", 2: "b", 3: "a"}


@pytest.mark.nightly
def test_the_last_files_of_an_input_can_be_withdrawn_when_they_lie_there_no_more(shop: InProcess) -> None:
    paths = [shop.deliver(name, event(number)) for number, name in enumerate(("a.csv", "b.csv"))]
    take(shop)
    for path in paths:
        path.unlink()
    assert take(shop, "--withdraw", ",".join(map(str, paths))) == "2 replaced"
    assert there(shop) == {}


@pytest.mark.nightly
def test_what_changed_and_is_withdrawn_does_not_come_back(shop: InProcess) -> None:
    path = shop.deliver("a.csv", event(1))
    take(shop)
    shop.deliver("a.csv", event(1), event(2))
    assert take(shop, "--withdraw", str(path)) == "1 replaced"
    assert take(shop) == "nothing"
    assert there(shop) == {}


@pytest.mark.nightly
def test_a_file_that_is_not_taken_cannot_be_withdrawn(shop: InProcess) -> None:
    path = shop.deliver("sales.csv", event(1))
    take(shop)
    assert shop.run("--withdraw", str(path.with_name("sale.csv"))) == 2
    assert f"--withdraw {path.with_name('sale.csv')}: no such file was taken; did you mean {path}?" in shop.output
    assert there(shop) == {1: "sales"}


@pytest.mark.nightly
def test_a_row_that_a_correction_leaves_out_comes_back_from_the_file_that_had_it_too(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1), event(2))
    take(shop)
    shop.deliver("b.csv", event(1), event(2), event(3))
    take(shop)
    shop.deliver("a.csv", event(2))
    assert take(shop) == "3 read 2 kept 1 duplicate 2 replaced"
    assert there(shop) == {1: "b", 2: "a", 3: "b"}


@pytest.mark.nightly
def test_a_file_is_read_again_as_it_was_read_first(shop: InProcess) -> None:
    path = shop.deliver("a.csv", event(1))
    take(shop)
    shop.deliver("b.csv", event(1).replace(",", ";"), header=HEADER.replace(",", ";").replace("brand", "marca"))
    take(shop, "--delimiter", ";", "--columns", "brand=marca")
    take(shop, "--withdraw", str(path))
    assert there(shop) == {1: "b"}


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (Path.unlink, "is gone, and it has to be read again"),
        pytest.param(
            lambda path: path.write_text(f"{HEADER}\n"),
            "has changed since, and it has to be read again",
            marks=pytest.mark.nightly,
        ),
    ],
)
@pytest.mark.nightly
def test_a_source_that_is_needed_again_and_is_not_there_is_named(
    shop: InProcess, happens: Callable[[Path], object], says: str
) -> None:
    withdrawn, needed = shop.deliver("a.csv", event(1)), shop.folder / "b.csv"
    take(shop)
    needed.write_text(f"{HEADER}\n{event(1)}\n")
    assert shop.run(given=needed) == 0
    happens(needed)
    before = [shop.lake.main(table) for table in TABLES]
    assert shop.run("--withdraw", str(withdrawn)) == 2
    assert f"{needed} " in shop.output
    assert says in shop.output
    assert [shop.lake.main(table) for table in TABLES] == before
    if needed.exists():
        return
    assert take(shop, "--withdraw", f"{withdrawn},{needed}") == "1 replaced"


@pytest.mark.nightly
def test_a_correction_without_rows_is_taken_only_when_asked_for(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1))
    take(shop)
    for lines, header in (((), HEADER), ((), "")):
        shop.deliver("a.csv", *lines, header=header)
        assert shop.run() == 2
    assert there(shop) == {1: "a"}
    assert take(shop, "--allow_empty") == "1 replaced"
    assert there(shop) == {}


@pytest.mark.nightly
def test_a_correction_without_rows_is_asked_for_beside_good_files_too(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1))
    take(shop)
    shop.deliver("a.csv", header="")
    shop.deliver("b.csv", event(2))
    assert shop.run() == 2
    assert "a.csv was delivered again without rows, and its earlier rows would be removed" in shop.output
    assert there(shop) == {1: "a"}
    assert take(shop, "--allow_empty") == "1 read 1 kept 1 replaced"
    assert there(shop) == {2: "b"}


@pytest.mark.nightly
def test_a_file_is_withdrawn_beside_an_empty_one(shop: InProcess) -> None:
    path = shop.deliver("a.csv", event(1))
    take(shop)
    shop.deliver("e.csv", header="")
    assert take(shop, "--withdraw", str(path)) == "1 replaced"
    assert there(shop) == {}


@pytest.mark.nightly
def test_only_what_comes_first_is_late(shop: InProcess) -> None:
    path = shop.deliver("a.csv", event(1), event(2))
    take(shop)
    shop.deliver("b.csv", event(1), event(3, day=9))
    take(shop)
    shop.deliver("c.csv", event(2), event(4), event(9, day=9))
    assert take(shop, "--max_late_days", "3") == "3 read 1 kept 2 late"
    shop.deliver("a.csv", event(5), event(2))
    assert take(shop, "--max_late_days", "3") == "3 read 3 kept 2 replaced"
    assert there(shop) == {1: "b", 2: "a", 3: "b", 5: "a", 9: "c"}
    assert take(shop, "--max_late_days", "3", "--withdraw", str(path)) == "2 replaced"
    assert there(shop) == {1: "b", 3: "b", 9: "c"}
    assert refused(shop) == [("c", "late")] * 2


# Fifty with `make faults`.
SEQUENCES = 50 if int(os.environ.get("WEIR_FAULTS", "1")) >= 20 else 2


class Killed(BaseException):
    pass


def killed(shop: InProcess, monkeypatch: pytest.MonkeyPatch, after: int, *arguments: str) -> None:
    """Kill a run after it has published this many tables."""
    publish, moved = Lake.publish, list[str]()

    def publish_some(lake: Lake, table: Table, run_id: str) -> None:
        if len(moved) == after:
            raise Killed
        moved.append(table.name)
        publish(lake, table, run_id)
        if len(moved) == after == len(TABLES):
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "publish", publish_some)
        patch.setattr(write_audit_publish.Run, "_clean_up", lambda *_: None)
        with pytest.raises(Killed):
            shop.run("--max_rejected_share", "1", *arguments)
    shop.capsys.readouterr()


@fault("R07")
@pytest.mark.nightly
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_correction_that_is_killed_is_finished_by_the_next_run(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    shop.deliver("a.csv", event(1), event(2), BAD)
    take(shop)
    shop.deliver("b.csv", event(1), event(2), line(user_id="x"))
    take(shop)
    shop.deliver("a.csv", event(2), line(event_type="x"))
    killed(shop, monkeypatch, after)
    assert take(shop) == ("nothing" if after else "4 read 2 kept 1 rejected 1 duplicate 2 replaced")
    assert there(shop) == {1: "b", 2: "a"}
    assert refused(shop) == [("a", "unknown_event_type"), ("b", "bad_user_id")]
    assert states(shop, "a.csv")[2:] == (["staging", "taken"] if after else ["staging", "void", "staging", "taken"])


@fault("R07")
@pytest.mark.nightly
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_killed_withdrawal_counts_if_it_was_published(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    path = shop.deliver("a.csv", event(1), event(2), BAD)
    shop.deliver("b.csv", event(2), event(3))
    take(shop)
    killed(shop, monkeypatch, after, "--withdraw", str(path))
    assert take(shop) == "nothing"
    assert there(shop) == ({2: "b", 3: "b"} if after else {1: "a", 2: "a", 3: "b"})
    assert refused(shop) == ([] if after else [("a", "bad_price")])
    assert states(shop, "a.csv")[2:] == ["withdrawing", "withdrawn" if after else "void"]
    take(shop, "--withdraw", str(path))
    assert there(shop) == {2: "b", 3: "b"}


@pytest.mark.nightly
def test_a_file_of_a_run_that_was_killed_may_have_duplicates(shop: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop.deliver("a.csv", event(1))
    take(shop)
    shop.deliver("b.csv", event(1), event(2))
    killed(shop, monkeypatch, 1)
    assert take(shop, "--withdraw", str(path)) == "1 read 1 kept 1 replaced"
    assert there(shop) == {1: "b", 2: "b"}
    assert states(shop, "b.csv") == ["staging", "taken", "taken"]
    assert take(shop) == "nothing"
    shop.deliver("c.csv", event(3))
    assert take(shop) == "1 read 1 kept"


@pytest.mark.nightly
@fault(
    "R05",
    injected="compaction between the publications of a run, which is then killed or not",
    checked="its rejected rows are published, once",
)
@pytest.mark.parametrize("is_killed", [pytest.param(False, marks=pytest.mark.nightly), True])
def test_rejected_rows_are_published_on_top_of_a_compaction(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    for name, number in (("a.csv", 1), ("b.csv", 2)):
        shop.deliver(name, event(number), BAD)
        take(shop)
    shop.deliver("a.csv", event(1), line(user_id="x"))
    shop.deliver("c.csv", event(3), line(event_type="x"))
    publish, moved = Lake.publish, list[str]()

    def publish_beside_care(lake: Lake, table: Table, run_id: str) -> None:
        if table is REJECTED_EVENTS and not moved:
            moved.append(run_id)
            MaintainedLake(lake.spark).compact(REJECTED_EVENTS)
            if is_killed:
                raise Killed
        publish(lake, table, run_id)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "publish", publish_beside_care)
        if is_killed:
            patch.setattr(write_audit_publish.Run, "_clean_up", lambda *_: None)
            with pytest.raises(Killed):
                shop.run("--max_rejected_share", "1")
            shop.capsys.readouterr()
        else:
            assert take(shop) == "4 read 2 kept 2 rejected 1 replaced"
    assert take(shop) == "nothing"
    assert there(shop) == {1: "a", 2: "b", 3: "c"}
    assert refused(shop) == [("a", "bad_user_id"), ("b", "bad_price"), ("c", "unknown_event_type")]
    assert take(shop) == "nothing"


@pytest.mark.nightly
def test_a_run_that_is_refused_withdraws_nothing(shop: InProcess) -> None:
    path = shop.deliver("a.csv", event(1))
    take(shop)
    shop.deliver("b.csv", event(2), BAD)
    assert shop.run("--withdraw", str(path)) == 3
    assert there(shop) == {1: "a"}
    assert take(shop) == "2 read 1 kept 1 rejected"
    assert there(shop) == {1: "a", 2: "b"}


def with_a_mart(seed: int) -> Pipeline:
    """clean_events and one mart, chosen by the seed, with the marts that it reads."""
    marts = [job for job in DAILY.jobs if not job.rejects]
    wanted = [marts[seed % len(marts)]]
    for job in reversed(marts):
        if any(job.writes in one.reads for one in wanted):
            wanted.append(job)
    return Pipeline("ecommerce.daily", [clean_events.JOB, *wanted])


def step_of(number: int) -> str:
    """An event of one of a few visitors for one of a few products. Equal numbers give equal rows."""
    kind = ("view", "cart", "remove_from_cart", "purchase", "view", "cart")[number % 6]
    return line(
        product_id=str(number % 5),
        user_id=str(number % 4),
        event_type=kind,
        event_time=f"2019-{9 + number % 2}-{28 + number % 3} 1{number % 10}:00:00",
        user_session=f"s{number % 7}",
        brand="ab"[number % 2],
    )


def rows_of_run(chance: random.Random) -> list[str]:
    """Some good and some bad rows out of a small set, so that files share rows."""
    good = [step_of(number) for number in chance.choices(range(48), k=chance.randint(6, 14))]
    return good + chance.sample([line(price=f"x{number}") for number in range(4)], k=chance.randint(0, 2))


@fault("R07")
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, SEQUENCES))])
@pytest.mark.nightly
def test_any_sequence_of_deliveries_ends_in_the_tables_of_one_run(shop: InProcess, seed: int) -> None:
    chance, shop.job = random.Random(seed), with_a_mart(seed)
    names, withdrawn = ["a.csv", "b.csv", "c.csv", "d.csv"], set[str]()
    shop.deliver("z.csv", event(99))
    for step in range(4):
        changed = chance.sample(names, k=2)
        for name in changed:
            shop.deliver(name, *rows_of_run(chance))
        if chance.random() < 0.5:  # the same content again, as by a copy
            again = chance.choice(sorted(shop.input.iterdir()))
            again.write_bytes(again.read_bytes())
            withdrawn -= {again.name}
        asked = (
            chance.choice(sorted(taken - set(changed)))
            if step % 2 and (taken := taken_of(shop) & set(names)) - set(changed)
            else None
        )
        withdrawn = (withdrawn - set(changed)) | {asked} if asked else withdrawn - set(changed)
        take(shop, *(["--withdraw", str(shop.input / asked)] if asked else []))
    step_by_step = content(shop)
    # The same rows in other files and in another order.
    lines = [
        row
        for path in sorted(shop.input.iterdir())
        if path.name not in withdrawn
        for row in path.read_text().splitlines()[1:]
    ]
    chance.shuffle(lines)
    shop.input, shop.path = shop.folder / "other", shop.folder / "other lake"
    shop.input.mkdir()
    for part in range(2):
        shop.deliver(f"{part}.csv", *lines[part::2])
    take(shop)
    assert content(shop) == step_by_step


@pytest.mark.nightly
def test_a_dry_run_leaves_to_the_next_run_what_a_killed_one_owes(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.deliver("a.csv", event(1), BAD)
    killed(shop, monkeypatch, 1)
    assert shop.run("--dry_run") == 0, shop.output
    assert (there(shop), refused(shop)) == ({1: "a"}, [])
    assert take(shop) == "nothing"
    assert (there(shop), refused(shop)) == ({1: "a"}, [("a", "bad_price")])


@pytest.mark.nightly
def test_a_file_of_erased_rows_may_be_delivered_again_without_them(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1))
    shop.deliver("b.csv", line(user_id="42"))
    take(shop)
    assert shop.run("--person", "42", job=forget.JOB) == 0, shop.output
    shop.deliver("b.csv")
    assert take(shop) == ""
    assert there(shop) == {1: "a"}


def taken_of(shop: InProcess) -> set[str]:
    """The names of the ingested files."""
    last = {Path(row.path).name: row.state for row in shop.table("ops.files").orderBy("recorded_at").collect()}
    return {name for name, state in last.items() if state == "taken"}
