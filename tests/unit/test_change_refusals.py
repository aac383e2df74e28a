"""Files whose changes cannot be ordered, or that have no operations."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from pyspark.sql import Row

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.cdc.change_metrics import FileRange
from jobs.runtime.cdc.file_warnings import tombstone_warnings, unused_times
from jobs.runtime.cdc.ordering_checks import (
    ambiguity,
    full_load_warnings,
    refuse_files_without_sequence,
    refuse_files_without_time,
    refuse_other_log,
    refuse_two_logs,
    refuse_two_servers,
)
from jobs.runtime.cdc.schema_evolution import evolve_schema
from jobs.runtime.cdc.source_table_check import place_of_table, refuse_two_tables
from jobs.runtime.errors import BadInput
from jobs.runtime.storage.listing import File
from schemas.cdc.customers import CUSTOMER_CHANGES
from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc_feed import COMMIT_TS, RAW_OP
from schemas.cdc_source import BY_FILE
from schemas.table import Column

CONTROL = (RAW_OP.name, COMMIT_TS.name)
ORDERS, ACCOUNTS = (*CONTROL, "order_id", "total", "placed"), (*CONTROL, "order_id", "name", "city")


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2024-01-01 {time}").replace(tzinfo=UTC)


def ranged(path: str, places: str, times: str) -> FileRange:
    first_place, last_place = places.split(" to ")
    return FileRange(path, first_place, last_place, *map(at, times.split(" to ")))


def test_what_the_old_log_left_behind_is_refused_beside_the_new_log() -> None:
    old = ranged("old.json", "~0001 bin.000123 5 to ~0001 bin.000124 9", "10:00:00 to 10:00:20")
    new = ranged("new.json", "~0001 bin.000004 1 to ~0001 bin.000004 9", "10:00:30 to 10:00:40")
    for ranges in ([old, new], [new, old]):
        with pytest.raises(BadInput, match=r"old.json has older changes than new.json .* --input old.json --epoch 0"):
            refuse_two_logs(ranges, 0, None)
    following = ranged("next.json", "~0001 bin.000004 10 to ~0001 bin.000005 1", "10:00:50 to 10:00:59")
    refuse_two_logs([new, following], 0, at("10:00:20"))
    refuse_two_logs([new], 0, at("10:00:20"))


def test_what_comes_again_of_the_old_log_is_refused_beside_the_new_log_at_any_place() -> None:
    again = ranged("again.json", "~0001 bin.000001 1 to ~0001 bin.000001 9", "10:00:00 to 10:00:20")
    new = ranged("new.json", "~0001 bin.000004 1 to ~0001 bin.000004 9", "10:30:00 to 10:30:20")
    for ranges in ([again, new], [new, again]):
        with pytest.raises(BadInput, match=r"again.json has older changes than new.json: .* --input again.json"):
            refuse_two_logs(ranges, 0, at("10:20:00"))
    # The clock of the new server may be behind.
    refuse_two_logs([again, new], 0, at("10:00:50"))


def served(file: str, places: tuple[int, int], seconds: tuple[int, int]) -> Row:
    """A range of server_ranges in a change file that is named for its first place."""
    ends = dict(zip(("first_place", "last_place"), (f"{file} {place:020}" for place in places), strict=True))
    times = dict(zip(("first_ms", "last_ms"), (1_000 * second for second in seconds), strict=True))
    return Row(file=file, path=f"from{places[0]}.json", **ends, **times)


# What another server wrote after places 500 to 900 of bin.000001, in seconds 0 to 10, and whether it is a new log.
SERVED = [
    (served("bin.000001", (4, 80), (71, 90)), True),
    (served("bin.000001", (4, 80), (70, 90)), False),
    (served("bin.000001", (901, 950), (71, 90)), False),
    (served("bin.000002", (4, 80), (71, 90)), False),
]


def test_a_server_that_begins_a_file_again_is_refused() -> None:
    old = served("bin.000001", (500, 900), (0, 10))
    for other, is_new in SERVED:
        for ranges in ((old, other), (other, old)):
            file = replace(change_file("a.json"), server_ranges=ranges)
            with pytest.raises(BadInput, match=r"place_went_back: from4.json has") if is_new else nullcontext():
                refuse_two_servers([file])


def test_only_the_newest_change_tells_that_a_file_of_the_log_begins_again() -> None:
    def counted(path: str, time: str, *, is_earlier: bool) -> Row:
        return Row(source_file=path, has_other_log=False, newest=Row(time=time, is_earlier=is_earlier))

    none = Row(source_file="none.json", has_other_log=False, newest=None)
    late, last = counted("late.json", "2024-01-01 10:00:00", is_earlier=True), "2024-01-01 10:00:00.5"
    refuse_other_log([late, counted("last.json", last, is_earlier=False), none], 0)
    with pytest.raises(BadInput, match=r"place_went_back: late.json has"):
        refuse_other_log([none, late], 0)
    message = r"current one, with --epoch 2, then .* with --epoch 3; if .* of the log before .*, --epoch 1; a file"
    with pytest.raises(BadInput, match=message):
        refuse_other_log([none, late], 2)


def change_file(path: str, *, has_op: bool = False) -> ChangeFile:
    return ChangeFile(File(path, 1, ""), "csv", "id", ("id",), ("id",), {}, has_op=has_op)


def test_files_without_operations_are_a_full_load_in_the_first_run_only() -> None:
    load, other, empty = map(change_file, ("/in/load00000001.csv", "/in/rows.csv", "/in/empty.csv"))
    counts = {file.path: Row(rows=1) for file in (load, other)}
    with_op = change_file("/in/b.csv", has_op=True)
    assert full_load_warnings([load, empty, with_op], counts, is_first=False) == []
    [warning] = full_load_warnings([load, other], counts, is_first=True)
    assert warning.startswith("/in/rows.csv has no operation in any change: its rows were taken as a full load")
    with pytest.raises(BadInput, match=r"rows.csv has no operation in any change; .* --columns op=<column>"):
        full_load_warnings([load, other], counts, is_first=False)


def test_deletes_that_only_tombstones_tell_are_a_warning() -> None:
    file = change_file("/in/a.json")
    assert tombstone_warnings([file]) == []
    [warning] = tombstone_warnings([file, replace(file, has_only_tombstones=True)])
    assert "delete.tombstone.handling.mode" in warning


def test_history_needs_a_time_in_the_names_of_files_without_commit_times() -> None:
    counts = {"/in/a.csv": Row(lacks_time=True, has_time=False)}
    with pytest.raises(BadInput, match=r"/in/a.csv has no time in its name, which the history of cdc.customers takes"):
        refuse_files_without_time([change_file("/in/a.csv")], counts, CUSTOMER_CHANGES, is_first=True)
    for is_first, advice in ((True, "--sequence file"), (False, "--sequence file, which needs another --table")):
        with pytest.raises(BadInput, match=f"/in/a.csv has no commit time in any change; .* {advice}$"):
            refuse_files_without_time([change_file("/in/a.csv")], counts, ORDER_CHANGES, is_first=is_first)
    hints = ["no file has a column x, which --columns names"]
    with pytest.raises(BadInput, match=rf"--sequence file; {hints[0]}$"):
        refuse_files_without_time([change_file("/in/a.csv")], counts, ORDER_CHANGES, is_first=True, hints=hints)
    by_operation = replace(change_file("/in/a.csv"), fields=("id", "operation"), names=("id", "op"))
    with pytest.raises(BadInput, match="if operation is a column of a full load, --columns operation=operation says"):
        refuse_files_without_time([by_operation], counts, ORDER_CHANGES, is_first=True)


def test_the_time_of_an_extract_is_told_where_it_may_be_a_column_of_the_source() -> None:
    file = replace(change_file("/in/a.csv"), fields=("Op", "TIMESTAMP", "id"), names=("op", "commit_ts", "id"))
    [warning] = unused_times([file], {})
    assert warning.startswith("/in/a.csv: column TIMESTAMP is read as the time of changes")
    assert unused_times([file], {"commit_ts": ["timestamp"]}) == []


def test_each_file_with_changes_has_the_columns_of_the_sequence() -> None:
    by_version = replace(ORDER_CHANGES, sequence=("version", "commit_ts"))
    changes, load = csv_file("/in/b.csv", ORDERS), csv_file("/in/load.csv", ORDERS)
    counts = {"/in/b.csv": Row(lacks_sequence=True), "/in/load.csv": Row(lacks_sequence=False)}
    with pytest.raises(
        BadInput, match=r"/in/b.csv has no column version, which --sequence of cdc.orders names; no file"
    ):
        refuse_files_without_sequence([load, changes], counts, by_version)
    refuse_files_without_sequence([csv_file("/in/b.csv", (*ORDERS, "version"))], counts, by_version)
    files = [csv_file("/in/load.csv", tuple(ORDER_CHANGES.names))]
    with pytest.raises(BadInput, match=r"no file has a column version, which --sequence of cdc.orders names"):
        evolve_schema(by_version, files, {}, lake_types=())


def csv_file(path: str, fields: tuple[str, ...]) -> ChangeFile:
    return ChangeFile(File(path, 1, ""), "csv", "", fields, fields, {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/in/orders-20240101-000000000.csv", "/in/accounts-20240101-000000000.csv"),
        ("/in/orders/2024/01/01/1.csv", "/in/accounts/2024/01/01/1.csv"),
        ("/in/shop.orders.csv", "/in/shop.accounts.csv"),
        ("/in/orders/2024-01-01-10/1.csv", "/in/accounts/2024-01-01-10/1.csv"),
    ],
)
def test_files_of_two_tables_are_told_by_folders_and_file_names(one: str, other: str) -> None:
    with pytest.raises(BadInput, match=r"of several tables: \S+accounts\S* and \S+orders\S*; no file was taken"):
        refuse_two_tables([csv_file(one, ORDERS), csv_file(other, ACCOUNTS)], ORDER_CHANGES)
    refuse_two_tables([csv_file(one, ORDERS), csv_file(other, ORDERS)], ORDER_CHANGES)
    refuse_two_tables([csv_file(one, ORDERS), csv_file(other, ORDERS[:4])], ORDER_CHANGES)


@pytest.mark.parametrize("date", ["2024/01/31/10", "2024-01-31-10", "2024_01_31_10", "2024013110", "202401", "dt=2024"])
def test_folders_of_dates_are_no_tables(date: str) -> None:
    refuse_two_tables([csv_file("/in/1.csv", ORDERS), csv_file(f"/in/{date}/1.csv", ACCOUNTS)], ORDER_CHANGES)


def test_files_of_two_tables_are_told_where_one_is_known() -> None:
    columns = tuple(Column(name, "string", "") for name in ORDERS[2:])
    known = replace(ORDER_CHANGES, columns=columns, key=("order_id",))
    with pytest.raises(BadInput, match="of several tables"):
        refuse_two_tables([csv_file("/in/orders-2.csv", ORDERS), csv_file("/in/accounts-2.csv", ACCOUNTS)], known)


def test_files_of_another_table_are_told_in_a_later_run() -> None:
    columns = tuple(Column(name, "string", "") for name in ORDERS[2:])
    known = replace(ORDER_CHANGES, columns=columns, key=("order_id",))
    accounts = csv_file("/in/accounts/1.csv", ACCOUNTS)
    with pytest.raises(BadInput, match="of several tables: /in/accounts and /in/orders; no file was taken"):
        refuse_two_tables([accounts], known, taken=["/in/orders/1.csv", "/in/orders/2024/01/31/2.csv"])
    refuse_two_tables([accounts], known)
    # A table may lose and gain columns.
    refuse_two_tables([accounts], known, taken=["/in/accounts/2024/01/31/2.csv"])
    refuse_two_tables([csv_file("/in/moved/1.csv", (*ORDERS, "note"))], known, taken=["/in/orders/1.csv"])


def test_a_column_may_have_another_name_in_some_files_of_a_table() -> None:
    full, changes = ("order_id", "a", "b", "c", "_extracted_at"), (*CONTROL, "order_id", "a", "b", "c", "xid")
    refuse_two_tables([csv_file("/in/full/1.csv", full), csv_file("/in/changes/1.csv", changes)], ORDER_CHANGES)


def test_files_of_one_table_may_have_names_of_any_tool() -> None:
    names = ("LOAD00000001.csv", "20240101-000000000.csv", "part-00000-c1f.csv", "cdc_2.csv", "a1b2.csv")
    for one, other in combinations(names, 2):
        refuse_two_tables([csv_file(f"/in/{one}", ORDERS), csv_file(f"/in/{other}", ACCOUNTS)], ORDER_CHANGES)


def test_events_of_two_schemas_are_of_two_tables() -> None:
    def events(*tables: str) -> ChangeFile:
        return replace(change_file("/in/a.json"), kind="json", tables=tables)

    with pytest.raises(BadInput, match=r"of several tables: shop1.orders and shop2.orders; no file was taken"):
        refuse_two_tables([events("shop1.orders", "shop2.orders", "orders")], ORDER_CHANGES)
    refuse_two_tables([events("db.shop1.orders", "shop1.orders", "orders")], ORDER_CHANGES)
    refuse_two_tables([events("db.orders_2024_01", "db.orders_2024_02", "db.orders_p7")], ORDER_CHANGES)


def test_events_of_another_table_than_earlier_ones_are_refused() -> None:
    events = replace(change_file("/in/a.json"), kind="json", tables=("shop.orders_2024_01",))
    with pytest.raises(BadInput, match=r"of several tables: shop.orders and shop.accounts; .* or --merge_tables if"):
        refuse_two_tables([events], ORDER_CHANGES, ["shop.accounts"])
    for known in (["shop.orders"], ["orders"], ["db.shop.orders"], ["shop.accounts", "shop.orders"]):
        refuse_two_tables([events], ORDER_CHANGES, known)
    refuse_two_tables([change_file("/in/a.json")], ORDER_CHANGES, ["shop.accounts"])


def test_events_of_two_tables_are_told_by_their_folders() -> None:
    fields = ("op", "id", "total", "name")
    own_names = {"/in/shop.orders/0.json": fields[:3], "/in/shop.accounts/0.json": (*fields[:2], fields[3])}
    events = [
        ChangeFile(File(path, 1, ""), "json", None, fields, fields, {}, own_names=own)
        for path, own in own_names.items()
    ]
    with pytest.raises(BadInput, match=r"of several tables: /in/shop.accounts and /in/shop.orders; no file was taken"):
        refuse_two_tables(events, replace(ORDER_CHANGES, key=("id",)))


def test_a_table_is_named_by_folders_without_dates_and_the_words_of_files() -> None:
    tables = {
        "/in/topics/shop.orders/partition=0/shop.orders+0+0000000000.json": "/in/topics/shop.orders/shop.orders*",
        "/in/orders/2026-01-31-10/20260131-100000000.csv": "/in/orders",
        "/in/2026/01/31/accounts-1.csv": "/in/accounts*",
        "/in/Ölpreise/part-00000.csv": "/in/Ölpreise",
    }
    assert {path: place_of_table(path) for path in tables} == tables


def test_two_changes_at_one_place_come_with_advice_that_loses_no_row() -> None:
    place = {"source_file": "/in/a.csv", "row_no": 0, "other_file": "/in/a.csv", "other_row": 1}
    by_op = "or use --tie op_rank, by which updates come after inserts, and deletes after both"
    assert ambiguity(Row(**place, has_delete=False), ORDER_CHANGES).endswith(by_op)
    assert "--tie" not in ambiguity(Row(**place, has_delete=True), ORDER_CHANGES)
    applied = Row(source_file="/in/a.csv", row_no=0)
    assert "--tie" not in ambiguity(applied, ORDER_CHANGES)
    assert ambiguity(applied, replace(ORDER_CHANGES, sequence=(BY_FILE,), history=None)).endswith(
        "changes are ordered by the names of their files, so a file that replaces another needs its own"
    )
