"""Unusual CDC feeds, and feeds that change: the table equals the source, or an error says why it cannot."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.cdc import apply
from jobs.lake import forget, maintain, rebuild_ledger, replay_rejected
from tests.conftest import InProcess

PEOPLE, CDC = ("--table", "people"), ("--domain", "cdc")
ANY_SHARE = ("--max_rejected_share", "1")
LIVE = ("--live_hours", "0")
HEADER, WITH_PLACE = "Op,TIMESTAMP,id,name", "Op,TIMESTAMP,AR_H_CHANGE_SEQ,id,name"

pytestmark = pytest.mark.slow


@pytest.fixture
def people(daily: InProcess) -> InProcess:
    daily.job = apply.JOB
    return daily


def rows(people: InProcess, *names: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in people.table("cdc.people").select(*(names or ("id", "name"))).collect())


def events(*source_events: dict[str, Any] | None) -> list[str]:
    return [json.dumps(event) for event in source_events]


@pytest.mark.nightly
def test_what_comes_with_the_load_of_its_row_counts_however_old(people: InProcess) -> None:
    people.deliver("LOAD00000001.csv", "1,a", header="id,name")
    people.deliver("20240130-100000000.csv", "U,2024-01-30 10:00:00,1,b", header=HEADER)
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    people.deliver("LOAD00000002.csv", "2,old", "3,old", header="id,name")
    people.deliver(
        "20240110-100000000.csv", "U,2024-01-10 10:00:00,2,new", "D,2024-01-10 10:00:00,3,old", header=HEADER
    )
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people) == [("1", "b"), ("2", "new")]


@pytest.mark.parametrize(
    "again",
    ["its refused rows", *(pytest.param(one, marks=pytest.mark.nightly) for one in ("its ledger", "its files"))],
)
@pytest.mark.nightly
def test_a_row_does_not_come_back_after_its_tombstone_expired(people: InProcess, again: str) -> None:
    deliveries: Sequence[tuple[str, tuple[str, ...], str]] = (
        ("LOAD00000001.csv", ("1,a", "2,b", "NULL,x"), "id,name"),
        ("20240102-100000000.csv", ("D,2024-01-02 10:00:00,2,b",), HEADER),
        ("20240120-100000000.csv", ("U,2024-01-20 10:00:00,1,a2",), HEADER),
    )
    for name, lines, header in deliveries:
        people.deliver(name, *lines, header=header)
        assert people.run(*PEOPLE, *ANY_SHARE, *(("--keys", "id") if name.startswith("LOAD") else ())) == 0, (
            people.output
        )
    assert people.run(*LIVE, job=maintain.JOB) == 0, people.output
    assert people.table("cdc.people_aux").count() == 0
    if again == "its refused rows":
        assert people.run(*CDC, job=replay_rejected.JOB) == 0, people.output
    elif again == "its ledger":
        people.spark.sql("DROP TABLE lake.ops.files")
        assert people.run(*CDC, *LIVE, job=rebuild_ledger.JOB) == 0, people.output
    else:
        (people.input / "again").mkdir()
        for name, lines, header in deliveries:
            people.deliver(f"again/{name}", *lines, header=header)
    assert people.run(*PEOPLE, *ANY_SHARE) == 0, people.output
    assert rows(people) == [("1", "a2")]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param({"file": "bin.000003", "pos": 0}, id="mysql"),
        pytest.param({"lsn": 0}, id="postgres", marks=pytest.mark.nightly),
    ],
)
def test_events_are_in_the_order_of_their_log_whatever_the_clock_said(people: InProcess, place: dict[str, Any]) -> None:
    def event(op: str, at: int, ts_ms: int, name: str, number: int = 1) -> dict[str, Any]:
        source = {key: at if value == 0 else value for key, value in place.items()}
        return {"op": op, "source": {**source, "ts_ms": ts_ms}, "after": {"id": number, "name": name}}

    went_back = (
        event("c", 100, 1_700_000_600_000, "a"),
        event("u", 200, 1_700_000_605_000, "mid"),
        event("u", 300, 1_700_000_601_000, "later"),
    )
    in_its_second = (event("r", 100, 1_700_000_600_500, "a", 2), event("u", 150, 1_700_000_600_000, "changed", 2))
    people.deliver("events.jsonl", *events(*went_back, *in_its_second), header="")
    assert people.run(*PEOPLE, "--keys", "id", "--history", "all") == 0, people.output
    assert rows(people) == [("1", "later"), ("2", "changed")]
    times = (
        people.table("cdc.people_history")
        .filter("id = '1'")
        .orderBy("_seq")
        .selectExpr("name", "valid_from <= coalesce(valid_to, valid_from)")
        .collect()
    )
    assert [tuple(row) for row in times] == [("a", True), ("mid", True), ("later", True)]


@pytest.mark.nightly
def test_a_log_that_starts_over_is_refused_until_it_has_an_epoch(people: InProcess) -> None:
    def event(file: str, minute: float, name: str) -> dict[str, Any]:
        source = {"file": file, "pos": 4, "row": 0, "ts_ms": 1_700_000_000_000 + int(60_000 * minute)}
        return {"op": "u", "source": source, "after": {"id": 1, "name": name}}

    people.deliver("a.jsonl", *events(event("bin.000123", 0, "before")), header="")
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    people.deliver("b.jsonl", *events(event("bin.000004", 0.5, "after")), header="")
    assert people.run(*PEOPLE) == 2
    assert "place_went_back: " in people.output
    assert "b.jsonl has changes with newer times than others but an earlier place" in people.output
    assert rows(people) == [("1", "before")]
    assert people.run(*PEOPLE, "--epoch", "1") == 0, people.output
    people.deliver("c.jsonl", *events(event("bin.000005", 9, "next")), header="")
    assert people.run(*PEOPLE) == 0, people.output  # the epoch is kept
    assert rows(people) == [("1", "next")]
    assert people.run(*CDC, "--keep_days", "0", "--clock", "2100-01-01T00:00:00Z", job=maintain.JOB) == 0, people.output
    people.deliver("d.jsonl", *events(event("bin.000006", 12, "last")), header="")
    assert people.run(*PEOPLE) == 0, people.output  # also by maintenance
    assert rows(people) == [("1", "last")]


@pytest.mark.nightly
@pytest.mark.parametrize("log", ["postgres", "mysql", "ledger"])
def test_what_comes_again_of_the_log_before_an_epoch_changes_nothing(people: InProcess, log: str) -> None:
    def event(op: str, minute: int, place: int, number: int, name: str) -> dict[str, Any]:
        of_mysql = {"file": f"bin.{place // 100:06}", "pos": place % 100}
        source = {"ts_ms": 1_700_000_000_000 + 60_000 * minute, **(of_mysql if log == "mysql" else {"lsn": place})}
        return {"op": op, "source": source, "after": {"id": number, "name": name}}

    old = (event("c", 0, 300, 1, "first"), event("u", 1, 400, 1, "second"))
    people.deliver("a.jsonl", *events(*old), header="")
    assert people.run(*PEOPLE, "--keys", "id", "--history", "all") == 0, people.output
    people.deliver("b.jsonl", *events(event("c", 60, 100, 2, "new")), header="")
    people.deliver("again.jsonl", *events(old[0]), header="")
    assert people.run(*PEOPLE, "--epoch", "1") == 2
    assert re.search(r"again.jsonl has older changes than \S+b.jsonl at later places", people.output)
    (people.input / "again.jsonl").unlink()
    assert people.run(*PEOPLE, "--epoch", "1") == 0, people.output
    people.deliver("c.jsonl", *events(event("u", 120, 500, 2, "newer")), header="")
    assert people.run(*PEOPLE) == 0, people.output
    if log == "ledger":
        people.spark.sql("DROP TABLE lake.ops.files")
        assert people.run(*CDC, *LIVE, job=rebuild_ledger.JOB) == 0, people.output
    else:
        people.deliver("again.jsonl", *events(old[0]), header="")
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people) == [("1", "second"), ("2", "newer")]
    history = people.table("cdc.people_history").select("id", "name", "is_current").collect()
    assert sorted(map(tuple, history)) == [
        ("1", "first", False),
        ("1", "second", True),
        ("2", "new", False),
        ("2", "newer", True),
    ]


@pytest.mark.nightly
def test_read_options_are_kept_with_the_table(people: InProcess) -> None:
    people.deliver("a.csv", "I;2024-01-01 10:00:00;7;1;\\N", header="what;changed_at;lsn;id;name")
    asked = ("--columns", "op=what,commit_ts=changed_at,change_seq=lsn", "--delimiter", ";", "--null_text", "\\N")
    assert people.run(*PEOPLE, "--keys", "id", *asked) == 0, people.output
    people.deliver(
        "b.csv", "U;2024-01-01 10:00:00;6;1;late", "I;2024-01-01 11:00:00;8;2;\\N", header="what;changed_at;lsn;id;name"
    )
    assert people.run(*PEOPLE) == 0, people.output
    assert rows(people) == [("1", None), ("2", None)]
    people.deliver("c.csv", "U|2024-01-01 12:00:00|9|2|Ivo", header="what|changed_at|lsn|id|name")
    assert people.run(*PEOPLE, "--delimiter", "|") == 0, people.output
    assert rows(people) == [("1", None), ("2", "Ivo")]


@pytest.mark.parametrize(
    ("asked", "lines", "other"),
    [
        (("--ignore_null_updates", "name"), ("U,2024-01-01 10:00:00,5,1,aaa",), "U,2024-01-01 10:00:00,5,1,zzz"),
        pytest.param(
            ("--ignore_null_updates", "name"),
            ("I,2024-01-01 10:00:00,5,1,aaa",),
            "D,2024-01-01 10:00:00,5,1,aaa",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            ("--history", "all"),
            ("I,2024-01-01 10:00:00,1,1,v1", "U,2024-01-01 11:00:00,2,1,v2"),
            "I,2024-01-01 10:00:00,1,1,OTHER",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            ("--history", "all"),
            ("I,2024-01-01 10:00:00,1,1,v1", "U,2024-01-01 11:00:00,2,1,v2"),
            "D,2024-01-01 10:00:00,1,1,v1",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_what_contradicts_an_earlier_run_is_refused(
    people: InProcess, asked: tuple[str, ...], lines: tuple[str, ...], other: str
) -> None:
    people.deliver("a.csv", *lines, header=WITH_PLACE)
    assert people.run(*PEOPLE, "--keys", "id", *asked) == 0, people.output
    before = rows(people)
    people.deliver("again.csv", *lines, header=WITH_PLACE)
    assert people.run(*PEOPLE) == 0, people.output
    people.deliver("b.csv", other, header=WITH_PLACE)
    assert people.run(*PEOPLE) == 2
    assert re.search(
        r"ambiguous_sequence: line 2 of \S+b.csv and an applied change set one row of cdc.people at the same position",
        people.output,
    )
    assert rows(people) == before


@pytest.mark.nightly
def test_changes_are_in_the_order_that_was_asked_for(people: InProcess) -> None:
    people.deliver(
        "a.csv",
        "I,2024-01-01 10:00:05,1,1,first",
        "U,2024-01-01 10:00:01,2,1,second",
        header="Op,TIMESTAMP,lsn,id,name",
    )
    assert people.run(*PEOPLE, "--keys", "id", "--sequence", "lsn,commit_ts,file") == 2
    assert "commit_ts must be first or last" in people.output
    assert people.run(*PEOPLE, "--keys", "id", "--sequence", "lsn", "--history", "all") == 2
    assert "history needs commit times" in people.output
    assert people.run(*PEOPLE, "--keys", "id", "--sequence", "lsn,commit_ts") == 0, people.output
    assert rows(people) == [("1", "second")]


@pytest.mark.nightly
@pytest.mark.parametrize("person", ["007", "3f2b-9d.x@there"])
def test_a_person_with_a_text_id_is_erased(people: InProcess, person: str) -> None:
    people.deliver("LOAD00000001.csv", f"{person},Ana", "7,Ivo", header="id,name")
    assert people.run(*PEOPLE, "--keys", "id", "--person", "id") == 0, people.output
    assert people.run(*CDC, "--person", person, *LIVE, job=forget.JOB) == 0, people.output
    assert rows(people) == [("7", "Ivo")]
    people.deliver(
        "20240102-100000000.csv",
        f"U,2024-01-02 10:00:00,{person},Ana",
        "U,2024-01-02 10:00:00,7,Ivan",
        f"?,,{person},Ana",
        header=HEADER,
    )
    assert people.run(*PEOPLE, *ANY_SHARE) == 0, people.output
    assert rows(people) == [("7", "Ivan")]
    assert [row.problems for row in people.table("cdc.rejected_people").collect()] == [["forgotten"], ["forgotten"]]
    people.deliver("20240103-100000000.csv", "T,2024-01-03 10:00:00,,", header=HEADER)
    assert people.run(*PEOPLE, *ANY_SHARE) == 0, people.output
    assert rows(people) == []


def test_small_and_unsigned_numbers_of_parquet_have_room(people: InProcess) -> None:
    kinds = {"a": pa.int8(), "b": pa.int16(), "c": pa.uint8(), "d": pa.uint32(), "e": pa.uint64()}
    pq.write_table(
        pa.table(
            {"id": ["1"], **{name: pa.array([200 if "u" in str(kind) else -1], kind) for name, kind in kinds.items()}}
        ),
        _load(people),
    )
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    assert dict(people.table("cdc.people").dtypes[1:6]) == {
        "a": "int",
        "b": "int",
        "c": "int",
        "d": "bigint",
        "e": "decimal(20,0)",
    }
    assert [*map(int, rows(people, *kinds)[0])] == [-1, -1, 200, 200, 200]


def test_what_cannot_be_taken_of_parquet_is_named_and_a_list_is_text(people: InProcess) -> None:
    pq.write_table(pa.table({"id": ["1"], "odd": pa.array([1], pa.time64("us"))}), _load(people))
    assert people.run(*PEOPLE, "--keys", "id") == 2
    assert "LOAD00000001.parquet has column odd of type Time" in people.output
    pq.write_table(pa.table({"id": ["1"], "odd": pa.array([[1, 2]], pa.list_(pa.int64()))}), _load(people))
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    assert rows(people, "odd") == [("[1,2]",)]


def _load(people: InProcess) -> Path:
    return people.input / "LOAD00000001.parquet"


def test_events_of_all_shapes_are_read(people: InProcess) -> None:
    def flat(number: int, **more: Any) -> dict[str, Any]:
        return {"id": number, "name": "n", "__op": "c", "__source_ts_ms": 1_700_000_000_000 + number, **more}

    nested = {"op": "c", "source": {"ts_ms": 1_700_000_000_009}, "after": {"id": 9, "name": "n", "amt": 1e-05}}
    source_events = (
        flat(1, schema="s1", payload="hello"),
        flat(2, op="sell", source="web"),
        flat(3, amt=12345678901234.56),
        None,
        {"schema": None, "payload": None},
        {"schema": None, "payload": nested},
    )
    people.deliver("events.jsonl", *events(*source_events), header="")
    asked = (
        "--keys",
        "id",
        "--types",
        "id=bigint,amt=decimal(20,6)",
        "--columns",
        "what=op,from=source,in_schema=schema,in_payload=payload",
    )
    assert people.run(*PEOPLE, *asked) == 0, people.output
    found = [
        (row.id, str(row.amt) if row.amt is not None else None, row.in_schema, row.what)
        for row in people.table("cdc.people").orderBy("id").collect()
    ]
    assert found == [
        (1, None, "s1", None),
        (2, None, None, "sell"),
        (3, "12345678901234.560000", None, None),
        (9, "0.000010", None, None),
    ]


@pytest.mark.nightly
def test_a_load_without_names_may_begin_with_any_word(people: InProcess) -> None:
    people.deliver("LOAD00000001.csv", "I,a", "U,b", header="")
    assert people.run(*PEOPLE, "--keys", "id", "--types", "id=string,name=string") == 0, people.output
    assert rows(people) == [("I", "a"), ("U", "b")]


MISSPELT = [
    (
        ("--history", "nmae"),
        "no file has a column nmae, which --history of cdc.people names; no file was taken; did you mean name?",
    ),
    (("--person", "persn"), "no file has a column persn, which --person of cdc.people names"),
    (("--types", "id=decimal(5,8)"), "'decimal(5,8)' is not a type"),
]


def test_misspelt_columns_are_rejected_before_a_table_is_created(people: InProcess) -> None:
    people.deliver("LOAD00000001.csv", "1,a", header="id,name")
    for asked, says in MISSPELT:
        assert people.run(*PEOPLE, "--keys", "id", *asked) == 2, asked
        assert says in people.output
