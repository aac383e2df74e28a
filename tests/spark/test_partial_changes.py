"""Values that an update did not change, and other records and names of real change feeds."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from jobs.cdc import apply
from jobs.lake import maintain
from jobs.runtime.cdc import change_file_reader
from schemas.cdc_columns import RESERVED
from schemas.table import Table
from tests.conftest import InProcess
from transforms import change_data

PEOPLE = ("--table", "people")
KEPT = "__debezium_unavailable_value"
AT_10 = "2024-01-01 10:00:00"
HEADER = "Op,TIMESTAMP,id,name"
ANY_SHARE = ("--max_rejected_share", "1")


@pytest.fixture
def people(daily: InProcess) -> InProcess:
    daily.job = apply.JOB
    return daily


def event(op: str, lsn: int, columns: Mapping[str, Any] | None = None, **row: Any) -> str:
    row |= columns or {}
    image = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    return json.dumps({"op": op, **image, "source": {"lsn": lsn, "ts_ms": 1_704_103_200_000 + lsn, "table": "people"}})


def deliver(people: InProcess, name: str, *events: str) -> None:
    people.deliver(name, *events, header="")


def rows(people: InProcess, *names: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in people.table("cdc.people").select(*names).collect()), key=str)


@pytest.mark.slow
def test_a_value_that_an_update_did_not_change_stays_as_it_was_whenever_it_comes(people: InProcess) -> None:
    deliver(people, "a.json", event("r", 1, id=1, name="Ana", cv="long"), event("r", 1, id=9, name="Jan", cv="x"))
    assert people.run(*PEOPLE, "--keys", "id", "--history", "name,cv") == 0, people.output
    # From now on the position of each value counts. The last file is late: its cv is older than those updates.
    deliver(people, "b.json", event("u", 5, id=1, name="Eva", cv=KEPT), event("u", 5, id=2, name="Ivo", cv=KEPT))
    assert people.run(*PEOPLE) == 0, people.output
    assert "1 row with _incomplete: an update left a column as it was" in people.output
    names = ("id", "name", "cv", "_op", "_incomplete")
    assert rows(people, *names) == [
        ("1", "Eva", "long", "U", False),
        ("2", "Ivo", None, "U", True),
        ("9", "Jan", "x", "L", False),
    ]
    deliver(people, "c.json", event("u", 3, id=1, name="Ada", cv="longer"), event("c", 4, id=2, name="I", cv="short"))
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people, *names)[:2] == [("1", "Eva", "longer", "U", False), ("2", "Ivo", "short", "U", False)]
    versions = people.table("cdc.people_history").filter("id = '1'").orderBy("_seq").select("name", "cv", "is_current")
    assert [tuple(row) for row in versions.collect()] == [
        ("Ana", "long", False),
        ("Ada", "longer", False),
        ("Eva", "longer", True),
    ]


@pytest.mark.slow
@pytest.mark.nightly
def test_a_row_that_was_deleted_has_no_value_that_an_update_could_keep(people: InProcess) -> None:
    deliver(people, "a.json", event("r", 1, id=1, name="Ana", cv="long"), event("u", 2, id=1, name="Eva", cv=KEPT))
    assert people.run(*PEOPLE, "--keys", "id", "--history", "name,cv") == 0, people.output
    assert people.run(job=maintain.JOB) == 0, people.output
    deliver(people, "b.json", event("d", 6, id=1, name="Eva"), event("u", 7, id=1, name="Zoe", cv=KEPT))
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people, "id", "name", "cv", "_op", "_incomplete") == [("1", "Zoe", None, "U", True)]


FORMS = {
    "bytes": '"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="',
    "an array of texts": f'["{KEPT}"]',
    "an array of numbers": json.dumps([*KEPT.encode()]),
    "hstore": json.dumps({KEPT: KEPT}),
    "hstore as text": json.dumps(json.dumps({KEPT: KEPT}, separators=(",", ":"))),
    "text": f'"{KEPT}"',
    "no placeholder": f'"see {KEPT}"',
}


@pytest.mark.nightly
@pytest.mark.slow
def test_each_form_of_the_placeholder_and_a_configured_one_are_known(people: InProcess) -> None:
    updates = [event("u", 2, id=number, cv=json.loads(form)) for number, form in enumerate(FORMS.values())]
    deliver(people, "a.json", *(event("r", 1, id=number, cv="old") for number in range(len(FORMS))), *updates)
    assert people.run(*PEOPLE, "--keys", "id", "--unavailable_value", KEPT) == 0, people.output
    assert [row[1] for row in rows(people, "id", "cv")] == ["old"] * (len(FORMS) - 1) + [f"see {KEPT}"]
    # The option is kept with the table.
    deliver(people, "b.json", event("c", 3, id=7, cv="<same>"))
    assert people.run(*PEOPLE, "--unavailable_value", "<same>") == 0, people.output
    assert rows(people, "id", "cv")[-1] == ("7", None)


@pytest.mark.slow
def test_control_records_are_counted_and_are_no_changes(people: InProcess) -> None:
    controls = [
        {"ts_ms": 1_704_103_200_000},
        {"status": "BEGIN", "id": "571", "event_count": None, "data_collections": None},
        {"source": {}, "databaseName": "shop", "ddl": "CREATE TABLE people (id int)", "tableChanges": []},
        {"op": "m", "source": {"lsn": 3}, "message": {}},
    ]
    deliver(people, "a.json", event("c", 1, id=1, name="Ana"), *map(json.dumps, controls))
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    assert people.table("cdc.people").columns[:2] == ["id", "name"]
    [counts] = people.table("ops.runs").filter("table = 'cdc.people' AND status = 'published'").collect()
    assert {"about": "record", "kind": "control", "rows": 4} in json.loads(counts.changes_json)
    assert counts.rows_read == 1


@pytest.mark.slow
@pytest.mark.nightly
def test_a_table_of_many_columns_with_images_from_before_is_planned(people: InProcess) -> None:
    values = {f"column_{number}": "x" for number in range(60)}
    moved = json.loads(event("u", 2, values, id=2)) | {"before": {"id": 1, **values}}
    deliver(people, "a.json", event("c", 1, values, id=1), json.dumps(moved))
    assert people.run(*PEOPLE, "--keys", "id", "--history", "all") == 0, people.output
    assert "op_anomaly" not in people.output
    assert rows(people, "id", "column_59") == [("2", "x")]


def names_in_the_code() -> list[str]:
    """Every name in the modules that changes go through on their way to the tables."""
    folders = [Path(module.__file__ or "").parent for module in (change_data, change_file_reader)]
    code = "\n".join(path.read_text() for folder in folders for path in sorted(folder.glob("*.py")))
    found = {
        *re.findall(r'"(?:\{\w+(?:\.\w+)*\}\.)?([a-z]\w+)"', code),
        *RESERVED,
        "_id",
        "_seq",
        "_file",
        "_pos",
        "_deleted",
    }
    lower = {name.lower(): name for name in sorted(found)}
    return sorted(lower.values())


@pytest.mark.nightly  # a table of some two hundred columns
@pytest.mark.slow
def test_no_name_of_a_source_column_is_refused_or_lost(people: InProcess) -> None:
    names = [name for name in names_in_the_code() if name not in ("id", "old_id")]
    assert len(names) > 120
    values = {name: f"value of {name}" for name in names}
    deliver(people, "a.json", event("c", 1, values, id=1), event("c", 1, values, id=2))
    assert people.run(*PEOPLE, "--keys", "id", "--history", "all") == 0, people.output
    kept = dict.fromkeys(names, KEPT)
    deliver(people, "b.json", event("u", 2, kept, id=1), event("d", 2, values, id=2), event("c", 3, values, id=3))
    assert people.run(*PEOPLE) == 0, people.output
    for table, count in (("cdc.people", 2), ("cdc.people_history", 3)):
        found = people.table(table).collect()
        assert len(found) == count
        for row in found:
            stored = row.asDict()
            lost = [
                name for name in names if f"value of {name}" not in (stored.get(f"source_{name}"), stored.get(name))
            ]
            assert lost == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "asked", "says"),
    [
        (("Op,id,name", "I,1,Ana", "U,1,Eva"), (), "a.csv has no commit time in any change; no file was taken"),
        pytest.param(
            (HEADER, f"I,{AT_10},1,a", f"U,{AT_10},1,b", f"U,{AT_10},1,c"),
            ("--sequence", "commit_ts"),
            r"line 2 of \S+a.csv and line [34] of \S+a.csv set one row of cdc.people at the same position",
            marks=pytest.mark.nightly,
        ),
    ],
    ids=["no time", "ambiguous"],
)
def test_a_refused_first_run_leaves_nothing_behind(
    people: InProcess, lines: Sequence[str], asked: Sequence[str], says: str
) -> None:
    people.deliver("a.csv", *lines[1:], header=lines[0])
    assert people.run(*PEOPLE, "--keys", "id", *asked) == 2
    assert re.search(says, people.output), people.output
    assert not people.lake.exists(Table("cdc.people", "", ()))
    ended = people.table("ops.runs").filter("finished_at IS NOT NULL").collect()
    assert [row.status for row in ended] == ["failed"] * 3
    # Nothing is declared, and the policy for added columns has no say in the first run.
    assert people.run(*PEOPLE, "--keys", "name", "--sequence", "file", "--dry_run", "--drift", "added=fail") == 0
    assert not people.lake.exists(Table("cdc.people", "", ()))
    assert people.run(*PEOPLE, "--keys", "id", "--sequence", "file", "--drift", "added=fail") == 0, people.output
    assert rows(people, "id") == [("1",)]


@pytest.mark.slow
def test_rejected_changes_come_with_the_option_that_helps(people: InProcess) -> None:
    lines = (f"I,{AT_10},1,5", f"I,{AT_10},2,", "I,,3,7", f"U,{AT_10},4,7")
    people.deliver("20240101-100000000.csv", *lines, header="Op,TIMESTAMP,id,amount")
    first = (*PEOPLE, "--keys", "id", "--types", "amount=int", *ANY_SHARE)
    assert people.run(*first) == 0, people.output
    assert "1 change without a commit time: --columns commit_ts=<column> names its column" in people.output
    assert "1 change rejected with an empty field in a column that is not text: --null_text ''" in people.output
    assert "1 change with op_anomaly" in people.output
    people.deliver("20240101-110000000.csv", f"I,{AT_10},5,", header="Op,TIMESTAMP,id,amount")
    assert people.run(*PEOPLE, "--null_text", "") == 0, people.output
    assert ("5", None) in rows(people, "id", "amount")


@pytest.mark.slow
def test_files_of_two_tables_are_refused_with_their_names(people: InProcess) -> None:
    for folder, columns in (("people/2024/01/01", "id,name"), ("orders/2024/01/01", "id,amount")):
        (people.input / folder).mkdir(parents=True)
        people.deliver(f"{folder}/20240101-100000000.csv", f"I,{AT_10},1,5", header=f"Op,TIMESTAMP,{columns}")
    assert people.run(*PEOPLE, "--keys", "id") == 2
    assert re.search(r"the files are of several tables: \S+/orders and \S+/people; no file was taken", people.output)
    other = event("c", 2, id=1).replace('"people"', '"orders"')
    deliver(people, "a.json", event("c", 1, id=1), other)
    assert people.run(*PEOPLE, "--keys", "id", given=people.input / "a.json") == 2
    assert "the files are of several tables: orders and people; no file was taken" in people.output


def change(op: str, at: int, log: str, place: int, **row: Any) -> str:
    """An event `at` minutes after ten o'clock, at a place in a binlog."""
    source = {"file": log, "pos": place, "ts_ms": 1_704_103_200_000 + at * 60_000}
    return json.dumps({"op": op, "before": None, "after": row, "source": source})


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.parametrize(("log", "op", "number"), [("other.000124", "c", 2), ("bin.000123", "r", 1)])
def test_another_base_name_and_a_full_load_at_an_earlier_place_are_refused(
    people: InProcess, log: str, op: str, number: int
) -> None:
    deliver(people, "a.json", change("c", 0, "bin.000123", 500, id=1, name="Ana"))
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    deliver(people, "b.json", change(op, 5, log, 4, id=number, name="Ivo"))
    assert people.run(*PEOPLE) == 2, people.output
    assert "b.json has changes with newer times than others but an earlier place" in people.output


@pytest.mark.slow
def test_a_log_of_another_server_in_a_file_of_the_same_name_is_refused(people: InProcess) -> None:
    placed = [(0, 900, "0-1-7", "Ana"), (10, 4, "0-2-3", "Eva")]
    for at, place, gtid, name in placed:
        event_of_server = json.loads(change("u", at, "bin.000001", place, id=1, name=name))
        event_of_server["source"]["gtid"] = gtid
        deliver(people, f"{name}.json", json.dumps(event_of_server))
    assert people.run(*PEOPLE, "--keys", "id") == 2
    assert re.search(r"place_went_back: \S+Eva.json has", people.output), people.output


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.parametrize(("server", "name"), [(1, "new"), (2, "newest")])
def test_about_the_time_of_a_failover_servers_tell_the_changes_of_two_logs(
    people: InProcess, server: int, name: str
) -> None:
    def written(server: int, *of_change: Any, **row: Any) -> str:
        changed = json.loads(change(*of_change, **row))
        return json.dumps({**changed, "source": {**changed["source"], "server_id": server}})

    deliver(people, "a.json", written(1, "c", 0, "bin.000001", 400, id=1, name="old"))
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    new = written(2, "u", 5, "bin.000001", 519, id=1, name="new"), written(2, "c", 5, "bin.000001", 9_000, id=2)
    deliver(people, "b.json", *new)
    assert people.run(*PEOPLE, "--epoch", "1") == 0, people.output
    deliver(people, "c.json", written(server, "u", 5, "bin.000001", 1_979, id=1, name="newest"))
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people, "id", "name") == [("1", name), ("2", None)]


@pytest.mark.nightly
@pytest.mark.slow
def test_an_epoch_may_begin_with_a_snapshot(people: InProcess) -> None:
    old = [change("c", 0, "bin.000010", 100, id=1, name="old"), change("u", 1, "bin.000010", 200, id=1, name="older")]
    deliver(people, "a.json", *old)
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    deliver(people, "b.json", change("r", 10, "bin.000003", 100, id=1, name="new"))
    assert people.run(*PEOPLE, "--epoch", "1") == 0, people.output
    deliver(people, "again.json", *old)
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people, "id", "name") == [("1", "new")]
    # Made while the rows were read.
    deliver(people, "c.json", change("u", 5, "bin.000003", 900, id=1, name="newest"))
    assert people.run(*PEOPLE) == 0, people.output
    assert "a snapshot read its rows meanwhile" in people.output
    assert rows(people, "id", "name") == [("1", "newest")]


@pytest.mark.nightly
@pytest.mark.slow
def test_a_row_with_changes_of_two_logs_in_a_file_of_one_name_is_refused(people: InProcess) -> None:
    # A statement that began earlier and took long, delivered twice.
    long = [change("c", 5, "bin.000001", 900, id=1, name="Ana"), change("u", 0, "bin.000001", 950, id=1, name="Eva")]
    for name in ("a.json", "b.json"):
        deliver(people, name, *long)
    assert people.run(*PEOPLE, "--keys", "id", "--dry_run") == 0, people.output
    assert "newer than another one of the same row, but earlier in the log" in people.output
    deliver(people, "c.json", change("u", 20, "bin.000001", 4, id=1, name="Jan"))
    assert people.run(*PEOPLE, "--keys", "id") == 2
    assert re.search(r"place_went_back: \S+c.json has", people.output), people.output


@pytest.mark.slow
def test_a_new_log_is_noticed_before_it_meets_a_row_and_its_number_is_kept(people: InProcess) -> None:
    deliver(people, "a.json", change("c", 0, "bin.000123", 500, id=1, name="Ana"))
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    deliver(people, "b.json", change("c", 5, "bin.000004", 4, id=2, name="Ivo"))
    assert people.run(*PEOPLE) == 2, people.output
    assert "b.json has changes with newer times than others but an earlier place" in people.output
    assert people.run(*PEOPLE, "--epoch", "1") == 0, people.output
    assert people.run(*PEOPLE, "--epoch", "2") == 0, people.output
    assert "every file is already taken; to give them another epoch, go back" in people.output
    deliver(people, "c.json", change("u", 6, "bin.000004", 90, id=1, name="Eva"))
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people, "id", "name") == [("1", "Eva"), ("2", "Ivo")]
    deliver(people, "again.json", change("c", 8, "bin.000004", 4, id=3, name="Jan"))
    assert people.run(*PEOPLE) == 2
    assert "again.json has changes with newer times than others but an earlier place" in people.output


@pytest.mark.nightly
@pytest.mark.slow
def test_changes_of_the_former_log_lose_and_those_of_a_new_one_within_a_minute_are_a_warning(
    people: InProcess,
) -> None:
    deliver(people, "a.json", change("c", 0, "bin.000123", 500, id=1, name="Ana"))
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    changes = [change("c", 5, "bin.000004", 4, id=2, name="Ivo"), change("u", 6, "bin.000004", 90, id=1, name="Eva")]
    deliver(people, "b.json", *changes)
    assert people.run(*PEOPLE, "--epoch", "1") == 0, people.output
    deliver(people, "left.json", change("u", 1, "bin.000124", 4, id=2, name="Jan"))
    assert people.run(*PEOPLE) == 0, people.output
    assert "1 change newer than another" not in people.output
    deliver(people, "soon.json", change("u", 7, "bin.000003", 4, id=1, name="Jan"))
    assert people.run(*PEOPLE) == 0, people.output
    assert "1 change newer than another one of the same row, but earlier in the log" in people.output
    assert rows(people, "id", "name") == [("1", "Eva"), ("2", "Ivo")]
    # A truncate of a new log would be older than every row.
    source = {"lsn": 5, "ts_ms": 1_704_103_200_000}
    deliver(people, "d.json", json.dumps({"op": "t", "source": {**source, "ts_ms": source["ts_ms"] + 9_000_000}}))
    assert people.run(*PEOPLE, "--epoch", "0") == 2
    assert "place_went_back" in people.output


@pytest.mark.nightly
@pytest.mark.slow
def test_a_file_with_changes_of_two_logs_is_refused(people: InProcess) -> None:
    both = [
        event("u", lsn, id=3, name=str(lsn)).replace(str(1_704_103_200_000 + lsn), str(at))
        for lsn, at in ((9, 1_704_200_000_000), (8, 1_704_200_061_000))
    ]
    deliver(people, "e.json", *both)
    assert people.run(*PEOPLE, "--keys", "id") == 2
    assert "place_went_back" in people.output
    assert "a file with changes of both has to be split" in people.output


@pytest.mark.nightly
@pytest.mark.slow
def test_where_time_comes_first_a_truncate_may_have_a_lower_sequence(people: InProcess) -> None:
    header = "Op,TIMESTAMP,AR_H_CHANGE_SEQ,id,name"
    people.deliver("20240101-100000000.csv", f"I,{AT_10},{9:035},1,Ana", header=header)
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    people.deliver("20240102-100000000.csv", f"T,2024-01-02 10:00:00,{5:035},,", header=header)
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people, "id") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "order", [(1, 3, 2), *(pytest.param(one, marks=pytest.mark.nightly) for one in ((2, 1, 3), (3, 2, 1), (1, 2, 3)))]
)
def test_full_extracts_give_one_answer_in_any_order(people: InProcess, order: Sequence[int]) -> None:
    extracts = {1: ("1,a", "2,b", "3,c"), 2: ("1,a", "4,d"), 3: ("1,a", "2,b", "3,x")}
    for day in order:
        lines = (f"{line},2024-01-0{4 - day} 08:00:00" for line in extracts[day])  # a time of their own does not count
        people.deliver(f"day{day}.csv", *lines, header="id,name,timestamp")
        first = ("--keys", "id", "--history", "all", "--columns", "commit_ts=timestamp")
        keys = first if day == order[0] else ()
        assert people.run(*PEOPLE, *keys, "--snapshot", "--load_ts", f"2024-01-0{day}T00:00:00Z") == 0, people.output
    assert "column timestamp is read as the time of changes, which a full extract does not have" in people.output
    assert rows(people, "id", "name") == [("1", "a"), ("2", "b"), ("3", "x")]
    days = "id", "name", "day(valid_from)", "day(valid_to)", "_seq_to.change_seq"
    found = people.table("cdc.people_history").selectExpr(*days).orderBy("id", "valid_from").collect()
    assert [tuple(row) for row in found] == [
        ("1", "a", 1, None, None),
        *(("2", "b", 1, 2, "-"), ("2", "b", 3, None, None)),
        *(("3", "c", 1, 2, "-"), ("3", "x", 3, None, None)),
        ("4", "d", 2, 3, "-"),
    ]


@pytest.mark.nightly
@pytest.mark.slow
def test_an_extract_that_was_corrected_is_of_another_time(people: InProcess) -> None:
    day = ("--snapshot", "--load_ts", "2024-01-03T00:00:00Z")
    people.deliver("a.csv", "1,a", "2,b", header="id,name")
    assert people.run(*PEOPLE, "--keys", "id", *day) == 0, people.output
    people.deliver("again.csv", "1,a", "2,b", "3,c", header="id,name")
    assert people.run(*PEOPLE, *day) == 0, people.output
    corrected = people.deliver("b.csv", "1,a", "3,c", header="id,name")
    assert people.run(*PEOPLE, *day) == 2
    assert "an earlier extract with this --load_ts has rows that these files lack" in people.output
    people.deliver("b.csv", "1,x", "2,b", "3,c", header="id,name")
    assert people.run(*PEOPLE, *day) == 2
    assert "ambiguous_sequence" in people.output
    assert "an extract that was corrected needs a later --load_ts" in people.output
    corrected.write_text("id,name\n1,x\n3,c\n")
    assert people.run(*PEOPLE, "--snapshot", "--load_ts", "2024-01-03T00:00:01Z") == 0, people.output
    assert rows(people, "id", "name") == [("1", "x"), ("3", "c")]


@pytest.mark.nightly
@pytest.mark.slow
def test_a_rejected_row_of_a_full_extract_stays_as_it_was_and_no_other_row_comes_back(people: InProcess) -> None:
    people.deliver("a.csv", f"I,{AT_10},1,5", f"I,{AT_10},2,6", header="op,commit_ts,id,n")
    assert people.run(*PEOPLE, "--keys", "id", "--types", "n=int", "--history", "all") == 0, people.output
    people.deliver("b.csv", "1,7", "2,bad", header="id,n")
    day = ("--snapshot", "--load_ts", "2024-01-03T00:00:00Z")
    assert people.run(*PEOPLE, *day, *ANY_SHARE) == 0, people.output
    people.deliver("late.csv", *(f"I,2024-01-02 10:00:00,{id_},8" for id_ in (1, 2, 3)), header="op,commit_ts,id,n")
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people, "id", "n") == [("1", 7), ("2", 6)]


@pytest.mark.nightly
def test_a_refused_run_with_the_first_placeholder_leaves_no_row_unknown(people: InProcess) -> None:
    deliver(people, "a.json", *(event("c", 1, id=number, name="Ana", n=1) for number in (1, 2)))
    assert people.run(*PEOPLE, "--keys", "id", "--types", "n=int") == 0, people.output
    deliver(people, "b.json", event("u", 5, id=1, name=KEPT, n=2), event("c", 6, id=3, name="Ivo", n="bad"))
    assert people.run(*PEOPLE) == 3
    assert people.run(*PEOPLE, *ANY_SHARE) == 0, people.output
    assert rows(people, "id", "name", "n", "_incomplete") == [("1", "Ana", 2, False), ("2", "Ana", 1, False)]
