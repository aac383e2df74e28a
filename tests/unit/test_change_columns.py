"""The columns of change files: with a header line or by position, control columns and those of the source."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.cdc.change_file_reader import ChangeReader
from jobs.runtime.cdc.detect_control_columns import kept_fields, unmatched_names
from jobs.runtime.cdc.match_columns import match_names, positional_names
from jobs.runtime.cdc.old_key_fields import assumed_old_keys, old_key_warnings, refuse_declared
from jobs.runtime.cdc.schema_evolution import evolve_schema
from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.storage.listing import File
from schemas.cdc_source import CdcSource
from schemas.table import Column

PEOPLE = CdcSource(
    "cdc.people", "one row per person", (Column("id", "bigint", ""), Column("name", "string", "")), ("id",)
)
NO_SPARK: Any = None
AT_10 = "2024-01-01 10:00:00"


def inspected(
    folder: Path, line: str, *, no_header: bool = False, multi_line: bool = False, **columns: str
) -> ChangeFile:
    path = folder / "20240101-100000000.csv"
    path.write_text(line + "\n")
    reader = ChangeReader(
        NO_SPARK,
        PEOPLE,
        columns,
        ",",
        no_header=no_header,
        multi_line=multi_line,
        null_text="NULL",
        unavailable_value="",
    )
    [file] = reader.inspect([File(str(path), path.stat().st_size, "")])
    return file


BY_POSITION = {
    f"I,{AT_10},1,Ana": ("op", "commit_ts", "id", "name"),
    f"I,{AT_10},1,Ana,{7:035}": ("op", "commit_ts", "id", "name", "change_seq"),
    f"I,{AT_10},id,name": ("op", "commit_ts", "id", "name"),
    # An empty operation is that of a full load.
    f",{AT_10},1,Ana": ("op", "commit_ts", "id", "name"),
    f"{AT_10},1,Ana": ("commit_ts", "id", "name"),
    # The others are rejected line by line.
    f"D,{AT_10},1": ("op", "commit_ts", "id", "name"),
    # Equal and empty fields are no names.
    f"D,{AT_10},,": ("op", "commit_ts", "id", "name"),
    f"I,{AT_10},a,a": ("op", "commit_ts", "id", "name"),
    "1,Ana": ("id", "name"),
}


@pytest.mark.parametrize("line", BY_POSITION)
def test_a_first_line_without_the_key_is_a_change_by_position(tmp_path: Path, line: str) -> None:
    file = inspected(tmp_path, line)
    assert (file.line, file.names) == (None, BY_POSITION[line])


@pytest.mark.parametrize("line", [f"{AT_10},Ana", "I,Ana", f"I,{AT_10}"])
def test_rows_of_the_source_do_not_begin_with_an_operation_or_a_time(line: str) -> None:
    by_name = replace(PEOPLE, key=("name",), columns=PEOPLE.columns[::-1])
    fields = line.split(",")
    if fields[0] == "I":  # rejected line by line
        assert positional_names(by_name, "a.csv", fields) == ("op", "commit_ts", "name", "id")
        of_load = ("op", "commit_ts", "name", "id") if AT_10 in line else ("name", "id")
        assert positional_names(by_name, "/in/LOAD00000001.csv", fields) == of_load
    else:
        with pytest.raises(BadInput, match="has 2 columns and no header"):
            positional_names(by_name, "a.csv", fields)
    assert positional_names(by_name, "a.csv", ["Ana", "1"]) == ("name", "id")
    at = Column("name", "timestamp", "")
    by_time = replace(by_name, columns=(at, PEOPLE.columns[0]))
    assert positional_names(by_time, "a.csv", [AT_10, "1"]) == ("name", "id")


# Files from before columns were added, of a table with two of them.
OLDER = {
    f"I,{AT_10},1,Ana": ("op", "commit_ts", "id", "name", "note", "city"),
    f"I,{AT_10},1,Ana,Eva": ("op", "commit_ts", "id", "name", "note", "city"),
    f"I,{AT_10},1,Ana,{7:035}": ("op", "commit_ts", "id", "name", "note", "city"),
    f"I,{AT_10},1,Ana,Eva,{7:035}": None,
}


@pytest.mark.parametrize("line", OLDER)
def test_a_line_with_fewer_columns_is_neither_a_full_load_nor_has_it_its_position_in_a_column(
    tmp_path: Path, line: str
) -> None:
    later = tuple(Column(name, "string", "") for name in ("note", "city"))
    source = replace(PEOPLE, columns=(*PEOPLE.columns, *later))
    if expected := OLDER[line]:
        assert positional_names(source, "a.csv", line.split(",")) == expected
    else:
        with pytest.raises(BadInput, match=r"has 6 columns .* a file from before a column was added needs a header"):
            positional_names(source, "a.csv", line.split(","))


def test_the_first_change_may_have_a_line_break(tmp_path: Path) -> None:
    file = inspected(tmp_path, f'I,{AT_10},1,"Ana\u2028Maria\nEva",{7:035}', multi_line=True)
    assert (file.line, file.names) == (None, ("op", "commit_ts", "id", "name", "change_seq"))


@pytest.mark.parametrize("added", ["Split", "7", "NULL", "9400111899223100001234"])
def test_an_added_column_is_never_taken_for_the_position_of_a_change(tmp_path: Path, added: str) -> None:
    with pytest.raises(BadInput, match=r"has 5 columns and no header with the key id.*--types"):
        inspected(tmp_path, f"I,{AT_10},1,Ana,{added}")


@pytest.mark.parametrize("line", ["U,1,Eva", "D,2,", f"I,3,Zed,{7:035}"])
def test_changes_without_a_time_in_files_without_a_header_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadInput, match=r"20240101-100000000.csv has no commit time in any change.*--sequence file"):
        inspected(tmp_path, line)


def test_a_header_has_the_key_under_its_own_or_its_given_name(tmp_path: Path) -> None:
    assert inspected(tmp_path, "Op,TIMESTAMP,ID,name").names == ("op", "commit_ts", "id", "name")
    assert inspected(tmp_path, "op,number,name", id="number").names == ("op", "id", "name")
    # A change whose values are those names.
    assert inspected(tmp_path, "id,name", no_header=True).line is None
    with pytest.raises(BadInput, match="name, Name, whose names are equal or differ only in case"):
        inspected(tmp_path, "op,id,name,Name")
    with pytest.raises(BadInput, match=r"if the first line is a header, give the key .* --columns id=<column>; other"):
        inspected(tmp_path, "op,number,name,tier,city")


def test_a_column_of_the_source_is_never_lost_to_a_name_of_ours() -> None:
    header = ["Op", "TIMESTAMP", "id", "timestamp", "operation", "kind", "_seq", "Outcome", "is_current", "_id"]
    assert match_names(PEOPLE, {}, "a.csv", header)[3:] == (
        *("timestamp", "operation", "source_kind", "source__seq", "source_Outcome", "is_current", "source__id"),
    )
    versioned = replace(PEOPLE, history=("*",))
    assert match_names(versioned, {}, "a.csv", ["id", "is_current"]) == ("id", "source_is_current")
    # A name that an option has given is one of ours only in a file with that column.
    assert match_names(PEOPLE, {"op": "what"}, "a.csv", ["Op", "id", "what"]) == ("source_Op", "id", "op")
    assert match_names(PEOPLE, {"op": "what"}, "a.csv", ["Op", "id"]) == ("op", "id")
    known = replace(PEOPLE, columns=(*PEOPLE.columns, Column("source_kind", "string", "")))
    assert match_names(known, {}, "a.csv", ["id", "KIND"]) == ("id", "source_kind")


def test_a_source_may_have_a_reserved_name_and_the_one_that_it_is_stored_as() -> None:
    both = ("source_kind", "source_source_kind")
    assert match_names(PEOPLE, {}, "a.csv", ["id", "kind", "source_kind"])[1:] == both
    assert match_names(PEOPLE, {}, "a.csv", ["Op", "id", "source_op"]) == ("op", "id", "source_op")
    assert match_names(PEOPLE, {}, "a.csv", ["id", "source_kind"]) == ("id", "source_kind")
    known = replace(PEOPLE, columns=(*PEOPLE.columns, *(Column(name, "string", "") for name in both)))
    for fields in (["kind"], ["source_kind"], ["kind", "source_kind"]):
        found = match_names(known, {}, "a.csv", ["id", *fields])[1:]
        assert found == tuple(f"source_{field}" for field in fields)
    # The one that came first keeps the name.
    stored = replace(PEOPLE, columns=(*PEOPLE.columns, Column("source_kind", "string", "")))
    for first, second in (("kind", "source_kind"), ("source_kind", "kind")):
        file = ChangeFile(File("a.json", 1, ""), "json", None, ("id", first), ("id", "source_kind"), {})
        kept, warnings = kept_fields({}, [file])
        assert (kept, warnings) == ({"source_kind": [first]}, [])
        found = match_names(stored, {}, "b.json", ["id", second, first], kept_fields=kept)
        assert found == ("id", "source_source_kind", "source_kind")
        assert match_names(stored, {}, "b.json", ["id", second], kept_fields=kept)[1:] == ("source_source_kind",)
    # Either of the two may be the stored one.
    one = replace(PEOPLE, columns=(*PEOPLE.columns, Column("source_kind", "string", "")))
    with pytest.raises(BadInput, match=r"kind, source_kind, which would be one column.*name the newer one apart"):
        match_names(one, {}, "a.csv", ["id", "kind", "source_kind"])


@pytest.mark.parametrize("name", ["timestamp", "operation", "ts_ms"])
def test_a_declared_column_is_never_taken_for_a_control_column(name: str) -> None:
    header = ["id", name.upper(), "name"]
    declared = replace(PEOPLE, columns=(*PEOPLE.columns, Column(name, "string", "")))
    assert match_names(declared, {}, "a.csv", header) == ("id", name, "name")
    assert match_names(PEOPLE, {"own": name}, "a.csv", ["id", name, "name"]) == ("id", "own", "name")
    # Unless another column has its name.
    assert match_names(declared, {}, "a.csv", ["id", name.upper(), name])[1:] != (name, name)
    assert match_names(declared, {}, "a.csv", ["id", name.upper(), name])[2] == name


@pytest.mark.parametrize("added", ["commit_ts", "dms_timestamp", "transact_ts", "timestamp"])
def test_the_columns_that_have_had_time_and_operation_keep_them(added: str) -> None:
    kept = {"op": ["operation"], "commit_ts": ["ts_ms"]}
    fields = ["id", "op", added, "operation", "TS_MS"]
    found = match_names(PEOPLE, {}, "a.csv", fields, kept_fields=kept)
    assert found == ("id", "source_op", PEOPLE.stored_name(added), "op", "commit_ts")
    # A file of another format has others.
    assert match_names(PEOPLE, {}, "a.csv", ["id", "Op", added], kept_fields=kept) == ("id", "op", "commit_ts")
    assert match_names(PEOPLE, {"commit_ts": added}, "a.csv", fields, kept_fields=kept)[2] == "commit_ts"


def test_a_column_that_an_option_names_is_not_replaced_by_one_with_a_known_name() -> None:
    kept, named = {"commit_ts": ["changed"]}, {"commit_ts": "changed"}
    with pytest.raises(BadInput, match=r"a.csv has no column changed.* column timestamp may .*--columns commit_ts="):
        match_names(PEOPLE, named, "a.csv", ["op", "id", "changed_at", "timestamp"], kept_fields=kept)
    assert match_names(PEOPLE, named, "a.csv", ["op", "id", "at"], kept_fields=kept) == ("op", "id", "at")


def test_a_column_directly_after_the_operation_may_be_the_time_of_a_source_with_a_timestamp() -> None:
    fields = ["Op", "dms_ts", "id", "timestamp"]
    for name in ("dms_ts_utc", "cdcDt", "when"):
        for known in ("timestamp", "commit_timestamp"):
            two = rf"columns {known} and {name.lower()}, and either may be the commit time"
            with pytest.raises(BadInput, match=two):
                match_names(PEOPLE, {}, "a.csv", ["Op", name, "id", known])
    assert match_names(PEOPLE, {"commit_ts": "dms_ts"}, "a.csv", fields) == ("op", "commit_ts", "id", "timestamp")
    assert match_names(PEOPLE, {}, "a.csv", ["Op", "dms_ts", "id", "commit_ts"]) == ("op", "dms_ts", "id", "commit_ts")


@pytest.mark.parametrize("known", ["timestamp", "ts_ms", "transact_ts"])
@pytest.mark.parametrize("before", [("Op", "id"), ("Op", "name", "id"), ("id",), ("id", "name")])
def test_a_time_of_the_source_is_not_taken_for_that_of_the_changes(known: str, before: tuple[str, ...]) -> None:
    fields, load = [*before, known], "/in/LOAD00000001.csv"
    place = "directly after the operation" if before[0] == "Op" else "first"
    message = f"{known} may be the commit time or a column of the source, since it is not {place}"
    for path in ("a.csv", load, "a.parquet"):
        with pytest.raises(BadInput, match=message):
            match_names(PEOPLE, {}, path, fields)
    expected = tuple(name.lower() for name in before)
    assert match_names(PEOPLE, {"commit_ts": known}, load, fields) == (*expected, "commit_ts")
    assert match_names(PEOPLE, {known: known}, load, fields) == (*expected, known)
    # Earlier files had it, and other feeds have columns in any order.
    assert match_names(PEOPLE, {}, load, fields, kept_fields={"commit_ts": [known]})[-1] == "commit_ts"
    assert match_names(PEOPLE, {}, "a.csv", ["id", "op", "name", known])[-1] == "commit_ts"
    assert match_names(PEOPLE, {}, "a.json", fields, control_fields=[known])[-1] == "commit_ts"


def test_a_first_line_with_the_key_and_no_other_known_name_may_be_a_row(tmp_path: Path) -> None:
    for line in ("I,1,id", "1,id", "id,tier"):
        with pytest.raises(BadInput, match=r"has id and no other name .*--no_header if it is a row; .* one of name"):
            inspected(tmp_path, line)
    assert inspected(tmp_path, "1,id", no_header=True).names == ("id", "name")
    for line in ("id", "id,op", "ID,NAME", "id,BI_id", "id,what"):
        assert inspected(tmp_path, line, op="what").line == line


def test_a_full_load_of_dms_has_its_operation_first_or_not_at_all() -> None:
    fields, load = ["TIMESTAMP", "id", "operation"], "/in/LOAD00000001.csv"
    assert match_names(PEOPLE, {}, load, fields) == ("commit_ts", "id", "operation")
    assert match_names(PEOPLE, {}, "/in/1.csv", fields) == ("commit_ts", "id", "op")
    assert match_names(PEOPLE, {}, load, ["Op", *fields]) == ("op", "commit_ts", "id", "operation")
    assert match_names(PEOPLE, {"op": "operation"}, load, fields) == ("commit_ts", "id", "op")


def test_of_two_columns_that_may_be_the_time_the_one_after_the_operation_is() -> None:
    assert match_names(PEOPLE, {}, "a.csv", ["Op", "TIMESTAMP", "id", "transact_ts"])[1::2] == (
        "commit_ts",
        "transact_ts",
    )
    assert match_names(PEOPLE, {}, "a.csv", ["Op", "transact_ts", "ID", "TIMESTAMP"])[1::2] == (
        "commit_ts",
        "TIMESTAMP",
    )
    # Names that sources do not have.
    assert match_names(PEOPLE, {}, "a.csv", ["Op", "id", "timestamp", "dms_timestamp"])[3] == "commit_ts"
    with pytest.raises(BadInput, match=r"a.csv has columns timestamp and ts_ms, .*--columns commit_ts="):
        match_names(PEOPLE, {}, "a.csv", ["Op", "id", "timestamp", "ts_ms"])


def test_columns_are_kept_with_those_of_earlier_files() -> None:
    first, later = (
        ChangeFile(File(f"/in/{field}.csv", 1, ""), "csv", "", ("Op", field), ("op", "commit_ts"), {})
        for field in ("TIMESTAMP", "ts_ms")
    )
    positional = ChangeFile(File("/in/a.csv", 1, ""), "csv", None, ("op", "commit_ts"), ("op", "commit_ts"), {})
    kept, warnings = kept_fields({}, [first, positional])
    assert (kept, warnings) == ({"op": ["op"], "commit_ts": ["timestamp"]}, [])
    kept, warnings = kept_fields(kept, [later])
    assert kept == {"op": ["op"], "commit_ts": ["timestamp", "ts_ms"]}
    assert warnings == ["/in/ts_ms.csv: no column timestamp, column ts_ms is read as the commit_ts of its changes"]


def test_a_name_in_columns_that_no_file_has_is_a_warning() -> None:
    names = {"commit_ts": "TIMESTAMPP", "op": "what", "change_seq": "__lsn"}
    named = ChangeFile(File("/in/a.csv", 1, ""), "csv", "What,at", ("What", "at"), ("op", "at"), {})
    assert unmatched_names([named], names) == ["no file has a column TIMESTAMPP, which --columns names"]
    assert unmatched_names([replace(named, line=None)], names) == []


def test_the_images_of_dms_from_before_a_change_are_the_old_key() -> None:
    fields, types = ["Op", "id", "name", "BI_id", "BI_name"], {"id": "string", "name": "string"}
    assert match_names(PEOPLE, {}, "a.csv", fields)[3:] == ("_old_id", "BI_name")
    refuse_declared(PEOPLE, {**types, "old_id": "int"}, {})
    of_options = (("before", {"old_id": "before"}), ("old_id", {"BI_id": "old_id"}))
    for field, columns in (("BI_id", {}), ("bi_ID", {}), *of_options):
        with pytest.raises(BadArgument, match=f"--types: {field} has the key before a change, .*: leave it out"):
            refuse_declared(PEOPLE, {**types, field: "string"}, columns)


# Fields beside the key, the names that --columns gives some, and what old_<key> becomes.
OLD_NAMES: list[tuple[str, dict[str, str], str]] = [
    ("old_id", {}, "_old_id"),
    ("Old_ID", {}, "_old_id"),
    ("was", {"old_id": "was"}, "_old_id"),
    ("BI_id", {"old_id": "BI_id"}, "_old_id"),
    ("old_id", {"bi_id": "OLD_ID"}, "_old_id"),
    ("was", {"BI_id": "was"}, "_old_id"),
    # A column of the source.
    ("old_id", {"old_id": "old_id"}, "old_id"),
    ("old_id", {"legacy": "old_id"}, "legacy"),
    ("old_id", {"old_id": "was"}, "old_id"),
    ("BI_id", {"legacy": "BI_id"}, "legacy"),
    ("BI_id", {"BI_id": "BI_id"}, "BI_id"),
]


def test_a_source_may_have_a_column_with_the_name_of_an_old_key() -> None:
    for field, columns, name in OLD_NAMES:
        fields, names = ("op", "id", field), ("op", "id", name)
        assert match_names(PEOPLE, columns, "a.csv", fields) == names, (field, columns)
        is_assumed = field != "BI_id" and not columns
        found = assumed_old_keys([ChangeFile(File("/in/a.csv", 1, ""), "csv", "", fields, names, {})], columns)
        assert found == {"/in/a.csv": [field] if is_assumed else []}, (field, columns)
    assert old_key_warnings({"/in/a.csv": ["old_id"], "/in/b.csv": []}) == [
        "/in/a.csv: column old_id is read as the value of id before the change; --columns old_id=old_id says that it "
        "is a column of the source"
    ]
    with_column = replace(PEOPLE, columns=(*PEOPLE.columns, Column("old_id", "int", "")))
    assert match_names(with_column, {}, "a.csv", ["id", "old_id"]) == ("id", "old_id")
    assert match_names(PEOPLE, {}, "a.csv", ["id", "old_id", "BI_id"]) == ("id", "old_id", "_old_id")
    # The row of an envelope has its old key beside it.
    assert match_names(PEOPLE, {}, "a.json", ["id", "old_id"], control_fields=()) == ("id", "old_id")
    assert match_names(PEOPLE, {}, "a.json", ["id", "old_id"], control_fields=("id", "old_id")) == ("id", "_old_id")


# The key of a source, the names that --columns gives some, and the field that has it before a change.
NAMES_OF_KEYS: list[tuple[str, dict[str, str], str]] = [
    ("source_kind", {}, "BI_kind"),
    ("source_kind", {}, "old_kind"),
    ("source_kind", {}, "BI_source_kind"),
    ("source_kind", {"BI_kind": "was"}, "was"),
    ("source__id", {}, "BI__id"),
    ("id", {"id": "customer_id"}, "BI_customer_id"),
    ("id", {"id": "customer_id"}, "bi_id"),
    ("id", {"id": "customer_id"}, "OLD_customer_id"),
]


def test_the_key_before_a_change_has_the_name_of_the_key_in_the_file() -> None:
    for key, columns, field in NAMES_OF_KEYS:
        source = CdcSource("cdc.people", "one row per person", (Column(key, "bigint", ""),), (key,))
        of_key = columns.get(key, key.removeprefix("source_"))
        assert match_names(source, columns, "a.csv", [of_key, field]) == (key, f"_old_{key}"), (key, columns, field)
        with pytest.raises(BadArgument, match=f"--types: {field} has the key before a change"):
            refuse_declared(source, {field: "string"}, {**columns, f"BI_{key}": field})
    # Both a reserved name and the one that it is stored as.
    of_kind = replace(PEOPLE, columns=(Column("source_kind", "bigint", ""),), key=("source_kind",))
    assert match_names(of_kind, {}, "a.csv", ["kind", "BI_kind", "BI_source_kind"])[1:] == (
        *("_old_source_kind", "BI_source_kind"),
    )


def test_a_warning_of_a_new_column_names_the_file_that_has_it_and_what_became_of_it() -> None:
    fields = ("op", "id", "name", "tier")
    files = [
        ChangeFile(File(path, 1, ""), "json", None, fields, fields, {}, own_names=own)
        for path, own in (("/in/a.json", fields[:3]), ("/in/b.json", fields))
    ]
    for drift, what, is_added in (({}, "added, with NULL", True), ({"added": "ignore"}, "left out, as --drift", False)):
        source, warnings = evolve_schema(PEOPLE, files, drift, lake_types=PEOPLE.types)
        assert any(one.startswith(f"/in/b.json: column tier is new and was {what}") for one in warnings)
        assert any(one.endswith("since --types of this run does not name it") for one in warnings) == is_added
        assert not any(one.startswith("/in/a.json: column") for one in warnings)
        assert ("tier" in source.names) == is_added


def test_a_column_that_is_declared_later_is_a_warning() -> None:
    file = ChangeFile(File("/in/a.csv", 1, ""), "csv", None, ("op", "id", "name"), ("op", "id", "name"), {})
    for lake_types, declared in (((), []), (("id", "name", "_seq"), []), (("id", "_seq"), ["name"])):
        _, warnings = evolve_schema(PEOPLE, [file], {}, lake_types=lake_types)
        expected = [f"declared column {name} is new and was added" for name in declared]
        assert [one.partition(",")[0] for one in warnings] == expected


def test_a_column_whose_field_an_option_gives_another_name_is_a_warning() -> None:
    source = replace(PEOPLE, columns=(*PEOPLE.columns, Column("old_id", "string", "")))
    fields = ("id", "name", "old_id")
    file = ChangeFile(File("/in/a.csv", 1, ""), "csv", None, fields, ("id", "name", "_old_id"), {})
    _, warnings = evolve_schema(source, [file], {}, lake_types=source.types)
    is_null = "so column old_id is read as NULL in changes that are applied"
    assert warnings == [f"/in/a.csv: --columns gives old_id another name, {is_null}"]


def test_what_fills_a_new_column_depends_on_the_order_of_changes() -> None:
    fields = ("id", "name", "tier")
    file = ChangeFile(File("/in/a.csv", 1, ""), "csv", None, fields, fields, {})
    by_position = replace(PEOPLE, sequence=("change_seq", "commit_ts"))
    for source, what in ((PEOPLE, "--snapshot fills it"), (by_position, "one of Debezium, fills it")):
        _, [warning] = evolve_schema(source, [file], {}, lake_types=source.types)
        assert what in warning


def test_in_an_envelope_all_columns_are_those_of_the_source() -> None:
    fields = ["id", "timestamp", "operation", "ts", "text"]
    assert match_names(PEOPLE, {}, "a.json", fields, control_fields=[]) == tuple(fields)
    assert match_names(PEOPLE, {}, "a.json", fields)[1:3] == ("commit_ts", "op")
    assert match_names(PEOPLE, {}, "a.json", ["id", "op"], control_fields=[]) == ("id", "source_op")
    assert match_names(PEOPLE, {"operation": "op"}, "a.json", ["id", "op"], control_fields=[]) == ("id", "operation")


def test_a_flattened_event_may_tell_only_whether_its_row_was_deleted() -> None:
    fields = ["id", "name", "__deleted", "__source_ts_ms"]
    assert match_names(PEOPLE, {}, "a.parquet", fields) == ("id", "name", "op", "commit_ts")
    assert match_names(PEOPLE, {}, "a.parquet", [*fields, "__op"])[2:] == ("source___deleted", "commit_ts", "op")
