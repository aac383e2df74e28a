"""CDC tables that need no code."""

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.cdc import apply
from tests.conftest import InProcess
from tests.faults import fault

PEOPLE = ("--table", "people")
HEADER = "Op,TIMESTAMP,id,name,born"


@pytest.fixture
def people(daily: InProcess) -> InProcess:
    daily.job = apply.JOB
    return daily


@pytest.mark.slow
def test_a_table_is_followed_by_its_name_and_keys(people: InProcess) -> None:
    assert people.run(*PEOPLE) == 2
    people.deliver("LOAD00000001.csv", "1,Ana,1980-02-29", "2,Ivo,NULL", header="id,name,born")
    assert people.run(*PEOPLE) == 2
    assert "--keys: cdc.people does not exist yet" in people.output
    assert people.run(*PEOPLE, "--keys", "id", "--types", "id=bigint,born=date", "--history", "all") == 0, people.output
    people.deliver(
        "20191005-100000000.csv",
        "U,2019-10-05 10:00:00,2,Ivo,1990-01-01",
        "D,2019-10-05 10:00:01,1,NULL,NULL",
        header=HEADER,
    )
    assert people.run(*PEOPLE) == 0, people.output
    assert "2 changes read, 2 applied" in people.output
    assert people.table("cdc.people").dtypes[:3] == [("id", "bigint"), ("name", "string"), ("born", "date")]
    assert [tuple(row) for row in people.table("cdc.people").selectExpr("id", "name", "string(born)").collect()] == [
        (2, "Ivo", "1990-01-01")
    ]
    assert people.table("cdc.people_history").count() == 3


@pytest.mark.nightly
@pytest.mark.parametrize("table", ["run", "slice"])
def test_a_table_may_be_called_like_a_view_of_its_suites(people: InProcess, table: str) -> None:
    people.deliver("LOAD00000001.csv", "1,Ana", "2,Ivo", header="id,name")
    assert people.run("--table", table, "--keys", "id", "--history", "all") == 0, people.output
    people.deliver("20191005-100000000.csv", "U,2019-10-05 10:00:00,2,Eva", header="Op,TIMESTAMP,id,name")
    assert people.run("--table", table) == 0, people.output


@pytest.mark.nightly
@pytest.mark.slow
def test_options_of_a_table_are_kept_with_it(people: InProcess) -> None:
    people.deliver("LOAD00000001.csv", "1,Ana", header="id,name")
    assert people.run(*PEOPLE, "--keys", "id", "--soft_deletes") == 0, people.output
    for other in (("--keys", "name"), ("--history", "all"), ("--soft_deletes", "false")):
        assert people.run(*PEOPLE, *other) == 2
        assert f"{other[0]}: cdc.people was declared with" in people.output
    assert people.run(*PEOPLE, "--types", "name=int") == 2
    assert "--types: cdc.people has name as string, not int" in people.output
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    assert people.run("--table", "orders", "--keys", "order_id") == 2
    assert "is already declared" in people.output


@pytest.mark.nightly
@pytest.mark.slow
def test_a_soft_deleted_row_stays_with_its_flag(people: InProcess) -> None:
    people.deliver(
        "20191005-100000000.csv", "I,2019-10-05 10:00:00,1,Ana,", "D,2019-10-05 10:00:01,1,Ana,", header=HEADER
    )
    assert people.run(*PEOPLE, "--keys", "id", "--soft_deletes") == 0, people.output
    people.deliver(
        "20191005-110000000.csv", "I,2019-10-05 10:00:00,2,Ivo,", "U,2019-10-05 09:00:00,1,Late,", header=HEADER
    )
    assert people.run(*PEOPLE) == 0, people.output
    found = (
        people.table("cdc.people")
        .selectExpr("id", "name", "_is_deleted", "string(_deleted_at)")
        .orderBy("id")
        .collect()
    )
    assert [tuple(row) for row in found] == [("1", "Ana", True, "2019-10-05 10:00:01"), ("2", "Ivo", False, None)]


@pytest.mark.slow
def test_columns_and_types_are_those_of_parquet_and_new_ones_are_added(people: InProcess, tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"id": pa.array([1, 2], pa.int32()), "price": pa.array([1.5, None])}),
        people.input / "LOAD00000001.parquet",
    )
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    change = {
        "Op": ["U"],
        "TIMESTAMP": ["2019-10-05 10:00:00"],
        "id": pa.array([1], pa.int64()),
        "price": [2.5],
        "kind": ["x"],
    }
    pq.write_table(pa.table(change), people.input / "20191005-100000000.parquet")
    assert people.run(*PEOPLE) == 0, people.output
    assert people.table("cdc.people").dtypes[:3] == [("id", "bigint"), ("price", "double"), ("source_kind", "string")]
    assert [
        tuple(row) for row in people.table("cdc.people").select("id", "price", "source_kind").orderBy("id").collect()
    ] == [
        (1, 2.5, "x"),
        (2, None, None),
    ]


@pytest.mark.slow
def test_events_of_debezium_tell_columns_and_types(people: InProcess) -> None:
    fields = [
        {"type": "int32", "field": "id"},
        {"type": "int32", "name": "io.debezium.time.Date", "field": "born"},
        {
            "type": "bytes",
            "name": "org.apache.kafka.connect.data.Decimal",
            "parameters": {"scale": "2", "connect.decimal.precision": "8"},
            "field": "due",
        },
    ]
    schema = {"type": "struct", "fields": [{"type": "struct", "fields": fields, "field": "after"}]}
    wider = [{"type": "int64", "field": "id"}, *fields[1:], {"type": "string", "field": "city"}]
    grown = {"type": "struct", "fields": [{"type": "struct", "fields": wider, "field": "after"}]}
    row = {"id": 7, "born": 18_000, "due": "AN4="}
    event = {
        "op": "c",
        "before": None,
        "after": row,
        "source": {"ts_ms": 1_570_269_600_000, "file": "bin.000003", "pos": 4},
    }
    people.deliver("a.json", json.dumps({"schema": schema, "payload": event}), header="")
    assert people.run(*PEOPLE, "--keys", "id") == 0, people.output
    later = {
        "op": "u",
        "before": None,
        "after": {**row, "city": "Pula"},
        "source": {"ts_ms": 1_570_269_600_000, "file": "bin.000003", "pos": 5},
    }
    people.deliver("b.json", json.dumps({"schema": grown, "payload": later}), header="")
    assert people.run(*PEOPLE) == 0, people.output
    assert people.table("cdc.people").dtypes[:4] == [
        ("id", "bigint"),
        ("born", "date"),
        ("due", "decimal(8,2)"),
        ("city", "string"),
    ]
    found = people.table("cdc.people").selectExpr("id", "string(born)", "string(due)", "city").collect()
    assert [tuple(row) for row in found] == [(7, "2019-04-14", "2.22", "Pula")]


@pytest.mark.slow
def test_a_full_extract_deletes_what_it_does_not_have_but_for_what_changed_after_it(people: InProcess) -> None:
    people.deliver(
        "20191005-100000000.csv",
        *(f"I,2019-10-05 10:00:00,{number},old," for number in (1, 2, 3)),
        "U,2019-10-05 12:00:00,3,newer,",
        header=HEADER,
    )
    assert people.run(*PEOPLE, "--keys", "id", "--history", "all") == 0, people.output
    people.deliver("extract.csv", "1,old,", "4,new,", header="id,name,born")
    assert people.run(*PEOPLE, "--snapshot") == 2
    assert people.run(*PEOPLE, "--snapshot", "--load_ts", "2019-10-05T11:00:00Z") == 0, people.output
    assert [tuple(row) for row in people.table("cdc.people").select("id", "name").orderBy("id").collect()] == [
        ("1", "old"),
        ("3", "newer"),
        ("4", "new"),
    ]
    versions = (
        people.table("cdc.people_history")
        .selectExpr("id", "name", "is_current", "string(valid_to)")
        .orderBy("id", "valid_from")
        .collect()
    )
    assert [tuple(row) for row in versions] == [
        ("1", "old", True, None),
        ("2", "old", False, "2019-10-05 11:00:00"),
        ("3", "old", False, "2019-10-05 11:00:00"),
        ("3", "newer", True, None),
        ("4", "new", True, None),
    ]
    people.deliver("bad.csv", "1,old,", "NULL,nobody,", header="id,name,born")
    assert people.run(*PEOPLE, "--snapshot", "--load_ts", "2019-10-06T11:00:00Z", "--max_rejected_share", "1") == 2
    assert "is not a full-load row with its key" in people.output


KEYED = ("--keys", "id")
AT_10 = "2024-01-01 10:00:00"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "asked", "expected"),
    [
        pytest.param(
            {"a": f"Op,TIMESTAMP,id,text\nI,{AT_10},1,hello"}, KEYED, [("1", "hello")], id="a column called text"
        ),
        pytest.param(
            {"a": f"Op,TIMESTAMP,id,operation\nI,{AT_10},1,D"},
            KEYED,
            [("1", "D")],
            id="a column that other feeds call the operation",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            {
                "LOAD00000001": f"Op,TIMESTAMP,id,a\nL,{AT_10},1,loaded",
                "b": f"Op,TIMESTAMP,change_seq,id,a\nU,{AT_10},5,1,changed",
            },
            KEYED,
            [("1", "changed")],
            id="a load at the moment of a change",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            {"a": "Op,nr,id,a\nI,9.5,1,old\nU,10.5,1,new\nU,-11,1,older"},
            (*KEYED, "--sequence", "nr"),
            [("1", "new")],
            id="places that are numbers",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            {"a": "Op,id,Name\nI,1,x", "b": "Op,id,name\nU,1,y"},
            (*KEYED, "--sequence", "file"),
            [("1", "y")],
            id="a column written in two ways",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            {"a": f"Op,TIMESTAMP,id,first name\nI,{AT_10},1,x\nU,2024-01-01 11:00:00,1,y"},
            (*KEYED, "--history", "all"),
            [("1", "y")],
            id="a space in a name",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            {"a": f"Op,TIMESTAMP,id,a\nI,{AT_10},1,x\nI,{AT_10},2,y\nD,2024-01-01 11:00:00,2,y"},
            (*KEYED, "--history", "all", "--soft_deletes"),
            [("1", "x"), ("2", "y")],
            id="history beside soft deletes",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            {"LOAD00000001": "1,Ana\n2,Ivo", "a": f"D,{AT_10},2,Ivo"},
            (*KEYED, "--types", "id=string,name=string"),
            [("1", "Ana")],
            id="no line that names the columns",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_the_table_is_the_source_whatever_its_names_and_places(
    people: InProcess, files: dict[str, str], asked: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    for name, text in files.items():
        header, *lines = text.split("\n") if "id" in text else ("", *text.split("\n"))
        people.deliver(
            f"{name if name.startswith('LOAD') else f'20240101-10000000{ord(name)}'}.csv", *lines, header=header
        )
    assert people.run(*PEOPLE, *asked) == 0, people.output
    found = people.table("cdc.people").orderBy("id").collect()
    assert [(row.id, next(row[name] for name in row.asDict() if name not in ("id", "nr"))) for row in found] == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "asked", "says"),
    [
        (
            f"Op,TIMESTAMP,Name,id,name\nI,{AT_10},x,1,y",
            KEYED,
            "Name, name, whose names are equal or differ only in case",
        ),
        (f"Op,TIMESTAMP,id,a.b\nI,{AT_10},1,x", KEYED, "--columns another_name=a.b renames it"),
        (
            f"Op,TIMESTAMP,id,a,b\nI,{AT_10},1,x,NULL\nI,{AT_10},1,NULL,x",
            (*KEYED, "--sequence", "commit_ts"),
            "ambiguous_sequence",
        ),
    ],
)
def test_ambiguous_columns_are_rejected(people: InProcess, header: str, asked: tuple[str, ...], says: str) -> None:
    first, *lines = header.split("\n")
    people.deliver("20240101-100000000.csv", *lines, header=first)
    assert people.run(*PEOPLE, *asked) == 2, people.output
    assert says in people.output
    if says == "ambiguous_sequence":  # the options of a refused run are not stored
        assert people.run(*PEOPLE, *KEYED, "--sequence", "file") == 0, people.output


@pytest.mark.slow
def test_a_column_that_was_added_without_a_header_is_declared(people: InProcess) -> None:
    # The columns are in the order of --types, also those of the key.
    people.deliver("20240101-100000000.csv", f"I,{AT_10},x,1", header="")
    assert people.run(*PEOPLE, *KEYED, "--types", "a=string,id=string") == 0, people.output
    people.deliver("20240101-110000000.csv", "U,2024-01-01 11:00:00,y,1,1.5", header="")
    assert people.run(*PEOPLE) == 2
    assert "has 5 columns and no header" in people.output
    assert people.run(*PEOPLE, "--types", "b=float") == 0, people.output
    people.deliver("20240101-120000000.csv", "U,2024-01-01 12:00:00,z,1,NaN", header="")
    assert people.run(*PEOPLE) == 0, people.output
    people.deliver("20240101-103000000.csv", f"U,2024-01-01 10:30:00,x,1,{7:035}", header="")
    assert people.run(*PEOPLE) == 2
    assert "a file from before a column was added needs a header line" in people.output
    assert [(row.id, row.a, str(row.b)) for row in people.table("cdc.people").collect()] == [("1", "z", "nan")]


@pytest.mark.slow
def test_a_table_that_comes_in_a_later_run_is_told_from_that_of_earlier_files(people: InProcess) -> None:
    for name in ("people", "orders"):
        (people.input / name).mkdir()
    people.deliver("people/LOAD00000001.csv", f"I,{AT_10},1,x,y", header="Op,TIMESTAMP,id,name,city")
    assert people.run(*PEOPLE, *KEYED) == 0, people.output
    people.deliver("orders/LOAD00000001.csv", f"I,{AT_10},1,5,new", header="Op,TIMESTAMP,id,total,state")
    assert people.run(*PEOPLE) == 2
    assert re.search(r"of several tables: \S+/orders and \S+/people; no file was taken", people.output)


@pytest.mark.nightly
@pytest.mark.slow
def test_a_refused_run_adds_no_column_and_the_same_types_may_be_given_again(people: InProcess) -> None:
    typed = ("--types", "n=smallint")
    people.deliver("20240101-100000000.csv", f"I,{AT_10},1,5", header="Op,TIMESTAMP,id,n")
    for _ in range(2):
        assert people.run(*PEOPLE, *KEYED, *typed) == 0, people.output
    refused = people.deliver("20240101-110000000.csv", "U,2024-01-01 11:00:00,1,x,7", header="Op,TIMESTAMP,id,n,b")
    assert people.run(*PEOPLE, *typed) == 3
    columns = ["id", "n", "_seq", "_op", "_applied_at"]
    assert people.table("cdc.people").columns == columns
    refused.unlink()
    people.deliver("20240101-120000000.csv", "U,2024-01-01 12:00:00,1,6,7", header="Op,TIMESTAMP,id,n,b")
    assert people.run(*PEOPLE, "--types", "b=int") == 0, people.output
    assert people.table("cdc.people").dtypes[:3] == [("id", "string"), ("n", "int"), ("b", "int")]


@pytest.mark.nightly
@fault("C03")
@pytest.mark.slow
def test_changes_at_one_place_are_refused_in_whichever_run_they_come(people: InProcess) -> None:
    people.deliver("20240101-100000000.csv", f"I,{AT_10},1,x", header="Op,TIMESTAMP,id,a")
    assert people.run(*PEOPLE, *KEYED, "--sequence", "commit_ts") == 0, people.output
    people.deliver("20240101-100000001.csv", f"I,{AT_10},1,x", header="Op,TIMESTAMP,id,a")
    assert people.run(*PEOPLE) == 0, people.output
    people.deliver("20240101-100000002.csv", f"U,{AT_10},1,y", header="Op,TIMESTAMP,id,a")
    assert people.run(*PEOPLE) == 2
    assert "ambiguous_sequence" in people.output


@pytest.mark.slow
def test_texts_of_several_lines_are_kept_as_they_are_and_text_after_quotes_is_rejected(people: InProcess) -> None:
    misquoted = rf'I,{AT_10},2,"say \"hi\""'
    lines = ["Op,TIMESTAMP,id,a", f'I,{AT_10},1,"x\r\ny"', misquoted, f'I,{AT_10},3,"z\n"']
    (people.input / "20240101-100000000.csv").write_bytes("\r\n".join(lines).encode())
    assert people.run(*PEOPLE, *KEYED, "--multi_line", "--max_rejected_share", "1") == 0, people.output
    rows = people.table("cdc.people").orderBy("id").collect()
    assert [(row.id, row.a) for row in rows] == [("1", "x\r\ny"), ("3", "z\n")]
    assert [(row.raw_line, row.problems) for row in people.table("cdc.rejected_people").collect()] == [
        (misquoted, ["truncated_or_malformed"])
    ]


@pytest.mark.slow
@pytest.mark.nightly
def test_rows_of_several_lines_have_their_place_in_their_file_in_every_run(people: InProcess) -> None:
    lines = (f"I,{AT_10},1,v1", f"U,{AT_10},1,v2")
    first = people.deliver("20240101-100000000.csv", *lines, header="Op,TIMESTAMP,id,a")
    assert people.run(*PEOPLE, *KEYED, "--history", "all", "--multi_line") == 0, people.output
    people.deliver(
        "20240101-090000000.csv", *(f"I,{AT_10},{number},z" for number in (7, 8, 9)), header="Op,TIMESTAMP,id,a"
    )
    first.touch()
    assert people.run(*PEOPLE, "--multi_line") == 0, people.output
    assert people.table("cdc.people_history").filter("id = '1'").count() == 2


@pytest.mark.slow
@pytest.mark.nightly
def test_a_row_that_an_extract_does_not_have_keeps_its_values_where_it_is_deleted_softly(people: InProcess) -> None:
    people.deliver("a.csv", "1,x", "2,y", header="id,a")
    assert people.run(*PEOPLE, *KEYED, "--soft_deletes", "--snapshot", "--load_ts", "2024-01-01T00:00:00Z") == 0, (
        people.output
    )
    people.deliver("b.csv", "1,x", header="id,a")
    assert people.run(*PEOPLE, "--snapshot", "--load_ts", "2024-01-02T00:00:00Z") == 0, people.output
    found = people.table("cdc.people").select("id", "a", "_is_deleted").orderBy("id").collect()
    assert [tuple(row) for row in found] == [("1", "x", False), ("2", "y", True)]


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("days", [(1, 2, 3), (1, 3, 2)])
def test_a_softly_deleted_row_shows_the_first_extract_without_it(people: InProcess, days: tuple[int, ...]) -> None:
    rows = {1: ("1,x", "2,y"), 2: ("1,x",), 3: ("1,x",)}
    for day in days:
        people.deliver(f"{day}.csv", *rows[day], header="id,a")
        options = (*KEYED, "--soft_deletes", "--history", "all") if day == days[0] else ()
        assert people.run(*PEOPLE, *options, "--snapshot", "--load_ts", f"2024-01-0{day}T00:00:00Z") == 0, people.output
    found = people.table("cdc.people").selectExpr("id", "a", "string(_deleted_at)").orderBy("id").collect()
    assert [tuple(row) for row in found] == [("1", "x", None), ("2", "y", "2024-01-02 00:00:00")]
    ends = people.table("cdc.people_history").selectExpr("id", "string(valid_to)").orderBy("id").collect()
    assert [tuple(row) for row in ends] == [("1", None), ("2", "2024-01-02 00:00:00")]


@pytest.mark.slow
@pytest.mark.nightly
def test_a_dry_run_counts_updates_with_ignored_nulls(people: InProcess) -> None:
    people.deliver("20240101-100000000.csv", f"I,{AT_10},1,x", header="Op,TIMESTAMP,id,a")
    assert people.run(*PEOPLE, *KEYED, "--ignore_null_updates", "a", "--dry_run") == 0, people.output
    assert people.run(*PEOPLE, *KEYED, "--ignore_null_updates", "a") == 0, people.output
    people.deliver(
        "20240101-110000000.csv",
        "U,2024-01-01 11:00:00,1,NULL",
        "I,2024-01-01 11:00:00,2,y",
        header="Op,TIMESTAMP,id,a",
    )
    assert people.run(*PEOPLE, "--dry_run") == 0, people.output
    assert people.table("cdc.people").count() == 1
