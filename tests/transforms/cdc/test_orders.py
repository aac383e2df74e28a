"""Changes of orders, typed without rounding or guessing, and ordered by the columns of the feed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc.raw_orders import RAW_ORDERS
from schemas.table import Column
from tests.conftest import Rows, assert_rows
from tests.delivered import with_line
from transforms.cdc.orders import orders
from transforms.change_data.parse_changes import reject_empty_ops, reject_future, typed_changes
from transforms.change_data.placeholders import mark_unchanged

LINES = replace(RAW_ORDERS, columns=(*with_line(RAW_ORDERS).columns, Column("row_no", "long", "")))
CHANGE = {
    "op": "I",
    "commit_ts": "2019-10-05 10:00:00.000001",
    "change_seq": f"{7:035}",
    "order_id": "1",
    "customer_id": "c",
    "ordered_at": "2019-10-01 10:00:00",
    "status": "new",
    "amount": "10.50",
    "currency": "EUR",
    "source_file": "/in/20191005-100000000.csv",
    "malformed": False,
}


def typed(rows: Rows, *changes: dict[str, Any]) -> DataFrame:
    given = [{**CHANGE, "raw_line": f"{number:02}", "row_no": number, **one} for number, one in enumerate(changes)]
    return orders(rows(LINES, given), load_ts=None)


PROBLEMS: list[tuple[dict[str, Any], list[str]]] = [
    ({"order_id": "9223372036854775807"}, []),
    ({"order_id": "9223372036854775808"}, ["bad_order_id"]),
    ({"order_id": "1e3"}, ["bad_order_id"]),
    ({"order_id": "5.00"}, []),
    ({"order_id": "5.01"}, ["bad_order_id"]),
    ({"order_id": None}, ["null_key"]),
    ({"amount": "10.5000"}, []),
    ({"amount": "10.505"}, ["bad_amount"]),
    ({"amount": "NaN"}, ["bad_amount"]),
    ({"amount": "99999999999999999.00"}, ["bad_amount"]),
    ({"ordered_at": "now"}, ["bad_ordered_at"]),
    ({"ordered_at": "2019-02-29 00:00:00"}, ["bad_ordered_at"]),
    ({"commit_ts": None}, ["no_commit_time"]),
    ({"commit_ts": "10:00"}, ["unparsable_time"]),
    ({"op": "T", "order_id": None, "amount": "all"}, []),
    ({"op": "", "commit_ts": None}, []),
    # As DMS writes a number in a text format.
    ({"order_id": "+5.0656000000000000e+05", "amount": "-1.0250000000000000e+01"}, []),
    ({"amount": "1.0505000000000000e+01"}, ["bad_amount"]),
    ({"order_id": "1.5000000000000000e+00"}, ["bad_order_id"]),
    # A delete needs its key only.
    ({"op": "D", "amount": "", "ordered_at": "x"}, []),
    ({"op": "D", "note": "\ufffd"}, []),
    ({"op": "D", "customer_id": "a\0"}, []),
    ({"op": "D", "order_id": "1\ufffd"}, ["encoding", "bad_order_id"]),
    ({"op": "U", "note": "\ufffd"}, ["encoding"]),
    # A number since 1970 has 10, 13, 16 or 19 digits; a date is none.
    ({"commit_ts": "1570269600"}, []),
    ({"commit_ts": "20191005"}, ["unparsable_time"]),
    ({"commit_ts": "201910051000"}, ["unparsable_time"]),
    ({"op": "D", "order_id": "x"}, ["bad_order_id"]),
]


def test_a_change_is_typed_or_rejected_with_its_reason(rows: Rows) -> None:
    found = typed(rows, *(change for change, _ in PROBLEMS))
    expected = [[f"{number:02}", problems] for number, (_, problems) in enumerate(PROBLEMS)]
    assert_rows(found, "raw_line problems", expected)


def test_numbers_with_an_exponent_are_exact(rows: Rows) -> None:
    found = typed(rows, {"order_id": "+5.0656000000000000e+05", "amount": "1.0500000000000000e-01"})
    assert_rows(found, "problems order_id amount", [[["bad_amount"], 506560, None]])
    found = typed(rows, {"order_id": "+9.0071992547409930e+15", "amount": "-1.0250000000000000e+01"})
    assert_rows(found, "problems order_id amount", [[[], 9007199254740993, "-10.25"]])
    found = typed(rows, {"order_id": "1", "amount": "5e-1"}, {"order_id": "2", "amount": "1E-18"})
    assert_rows(found, "problems order_id amount", [[[], 1, "0.50"], [["bad_amount"], 2, None]])
    # As pandas writes the integers of a column with NULLs.
    assert_rows(typed(rows, {"order_id": "-50.0"}), "problems order_id", [[[], -50]])


@pytest.mark.parametrize("kind", ["float", "double"])
def test_a_column_of_floats_may_have_what_is_no_number(rows: Rows, kind: str) -> None:
    given = ["NaN", "-Infinity", "Infinity", "nan", "Infinite", "1e400", "0.5"]
    changes = [{**CHANGE, "raw_line": f"{number:02}", "note": text} for number, text in enumerate(given)]
    columns = [replace(column, type=kind) if column.name == "note" else column for column in ORDER_CHANGES.columns]
    found = typed_changes(rows(LINES, changes), replace(ORDER_CHANGES, columns=tuple(columns)), load_ts=None)
    bad = ["bad_note"]
    expected = [[[], "NaN"], [[], "-Infinity"], [[], "Infinity"], [bad, None], [bad, None], [bad, None], [[], "0.5"]]
    rows_found = found.orderBy("raw_line").selectExpr("problems", "string(note) AS note").collect()
    assert [[*row] for row in rows_found] == expected
    assert dict(found.dtypes)["note"] == kind


# Type and text of a column, its value, and the remarks of the change.
EXACT = [
    ("date", "2024-01-31 00:00:00.000", "2024-01-31", []),
    ("date", "2024-01-31T00:00:00", "2024-01-31", []),
    ("date", "2024-01-31T00:00:00.000Z", "2024-01-31", []),
    ("date", "2024-01-31 00:00+00:00", "2024-01-31", []),
    ("date", "2024-01-31 00:00:00+02", None, []),
    ("date", "2024-01-31 00:00:01", None, []),
    ("date", "", None, ["empty_field"]),
    ("binary", "", "", []),
]


@pytest.mark.parametrize("kind", ["date", "binary"])
def test_a_time_at_midnight_is_a_date_and_bytes_may_be_empty(rows: Rows, kind: str) -> None:
    columns = [replace(column, type=kind) if column.name == "note" else column for column in ORDER_CHANGES.columns]
    cases = [case for of_kind, *case in EXACT if of_kind == kind]
    raw = rows(LINES, [{**CHANGE, "note": text, "raw_line": text, "row_no": n} for n, (text, *_) in enumerate(cases)])
    found = typed_changes(raw, replace(ORDER_CHANGES, columns=tuple(columns)), load_ts=None)
    found = found.selectExpr("raw_line AS text", "string(note) AS note", "remarks")
    assert_rows(found, "text note remarks", cases)


def test_a_change_tells_the_columns_that_it_left_as_they_were(rows: Rows) -> None:
    given = [
        {"op": "U", "note": "__debezium_unavailable_value"},
        {"op": "U", "note": "see __debezium_unavailable_value"},
        {"op": "U", "note": "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="},
        {"op": "D", "note": "__debezium_unavailable_value"},
        {"op": "U", "note": None},
        {"op": "I", "note": None},
    ]
    changes = [{**CHANGE, "raw_line": f"{number:02}", "row_no": number, **one} for number, one in enumerate(given)]
    raw = mark_unchanged(rows(LINES, changes), ["currency", "note"], "__debezium_unavailable_value")
    partial = replace(ORDER_CHANGES, ignore_null_updates=("note", "currency"))
    for source, null in ((ORDER_CHANGES, None), (partial, ["note"])):
        expected = [["note"], None, ["note"], None, null, None]
        found = typed_changes(raw, source, load_ts=None)
        assert_rows(found, "raw_line _unchanged", [[f"{n:02}", names] for n, names in enumerate(expected)])
    notes = [None, "see __debezium_unavailable_value", None, None, None, None]
    assert_rows(
        typed_changes(raw, ORDER_CHANGES, load_ts=None),
        "raw_line note",
        [[f"{n:02}", note] for n, note in enumerate(notes)],
    )


def test_a_commit_time_may_have_any_unit_and_is_truncated_to_microseconds(rows: Rows) -> None:
    times = ["1570269600", "1570269600000", "1570269600000001", "1570269600000001999", "2019-10-05 10:00:00.000001999"]
    found = typed(rows, *({"commit_ts": time} for time in times)).selectExpr("string(_seq.commit_ts) AS at", "raw_line")
    expected = ["2019-10-05 10:00:00"] * 2 + ["2019-10-05 10:00:00.000001"] * 3
    assert_rows(found, "raw_line at", [[f"{n:02}", at] for n, at in enumerate(expected)])


FEEDS = {
    "Delta": ({}, {"update_preimage": "B", "update_postimage": "U", "insert": "I", "delete": "D"}),
    "Qlik": ({}, {"B": "B", "U": "U", "I": "I", "D": "D"}),
    "SQL Server": ({"1": "D", "2": "I", "3": "B", "4": "U"}, {"1": "D", "2": "I", "3": "B", "4": "U"}),
}


@pytest.mark.parametrize("feed", FEEDS)
def test_rows_before_an_update_are_known_by_their_operation(rows: Rows, feed: str) -> None:
    declared, words = FEEDS[feed]
    source = replace(ORDER_CHANGES, ops={**ORDER_CHANGES.ops, **declared})
    given = [{**CHANGE, "op": word, "raw_line": word} for word in words]
    found = typed_changes(rows(LINES, given), source, load_ts=None)
    assert_rows(found, "raw_line _op problems", [[word, op, []] for word, op in words.items()])


def test_a_soft_delete_has_no_broken_text(rows: Rows) -> None:
    raw = rows(LINES, [{**CHANGE, "op": op, "note": "\ufffd", "status": "b", "raw_line": op} for op in ("D", "U")])
    found = typed_changes(raw, replace(ORDER_CHANGES, has_soft_deletes=True), load_ts=None)
    assert_rows(found, "raw_line note status", [["D", None, "b"], ["U", "\ufffd", "b"]])


def test_a_before_image_of_a_part_of_the_key_is_enough(rows: Rows) -> None:
    source = replace(ORDER_CHANGES, key=("order_id", "customer_id"))
    raw = rows(LINES, [{**CHANGE, "op": "U", "raw_line": "00", "row_no": 0}]).withColumn("_old_customer_id", F.lit("b"))
    found = typed_changes(raw, source, load_ts=None)
    assert_rows(found, "_op order_id customer_id is_derived", [["D", 1, "b", True], ["U", 1, "c", False]])


# A type of the key, the key before an update as delivered, the row that it deletes, and the problems of the update.
OLD_KEYS = [
    ("bigint", "+2.0000000000000000e+00", "2", []),
    ("date", "2024-01-31 00:00:00", "2024-01-31", []),
    ("bigint", "", None, []),
    ("bigint", "x", None, ["bad_old_key"]),
]


@pytest.mark.parametrize(("kind", "key"), [("bigint", "7"), ("date", "2024-02-01")])
def test_the_key_before_a_change_is_read_like_the_key(rows: Rows, kind: str, key: str) -> None:
    typed = [replace(column, type=kind) if column.name == "order_id" else column for column in ORDER_CHANGES.columns]
    cases = [case for of_kind, *case in OLD_KEYS if of_kind == kind]
    given = [{**CHANGE, "op": "U", "order_id": key, "raw_line": old, "row_no": n} for n, (old, *_) in enumerate(cases)]
    raw = rows(LINES, given).withColumn("_old_order_id", F.col("raw_line"))
    found = typed_changes(raw, replace(ORDER_CHANGES, columns=tuple(typed)), load_ts=None)
    expected = [[old, "U", key, problems] for old, _, problems in cases]
    expected += [[old, "D", deleted, []] for old, deleted, _ in cases if deleted]
    found = found.selectExpr("raw_line AS old", "_op", "string(order_id) AS order_id", "problems")
    assert_rows(found, "old _op order_id problems", expected)


def test_an_insert_with_another_key_before_it_is_remarked(rows: Rows) -> None:
    cases = [("I", "a", True), ("L", "a", True), ("I", "c", False), ("I", "", False), ("I", None, False)]
    given = [{**CHANGE, "op": op, "raw_line": f"{op}{old}", "row_no": n} for n, (op, old, _) in enumerate(cases)]
    old = F.when(F.col("raw_line") != "INone", F.substring("raw_line", 2, 9))
    raw = rows(LINES, given).withColumn("_old_customer_id", old)
    found = typed_changes(raw, replace(ORDER_CHANGES, key=("customer_id",)), load_ts=None)
    expected = [[f"{op}{old}", ["moved_insert"] if is_moved else []] for op, old, is_moved in cases]
    assert_rows(found, "raw_line remarks", expected)
    # A text that is no key of a row either.
    given = [{**CHANGE, "op": op, "raw_line": f"{op}{old}"} for op in "IL" for old in ("x", "")]
    raw = rows(LINES, given).withColumn("_old_order_id", F.substring("raw_line", 2, 9))
    expected = [["I", []], ["Ix", ["moved_insert"]], ["L", []], ["Lx", ["moved_insert"]]]
    assert_rows(typed_changes(raw, ORDER_CHANGES, load_ts=None), "raw_line remarks", expected)


def test_where_positions_come_first_a_change_needs_one(rows: Rows) -> None:
    given = [
        {**CHANGE, "raw_line": f"{op}{place}", "op": op, "change_seq": place}
        for op, place in (("U", "9"), ("U", ""), ("D", None), ("L", None))
    ]
    by_place = replace(ORDER_CHANGES, sequence=("change_seq", "commit_ts"))
    expected = [["U9", []], ["U", ["no_change_seq"]], ["DNone", ["no_change_seq"]], ["LNone", []]]
    assert_rows(typed_changes(rows(LINES, given), by_place, load_ts=None), "raw_line problems", expected)


@pytest.mark.parametrize("order", [("note", "commit_ts"), ("commit_ts", "note"), ("note",)])
def test_a_change_needs_each_column_that_orders_the_feed(rows: Rows, order: tuple[str, ...]) -> None:
    places = (("U", "9"), ("U", ""), ("D", None), ("L", None))
    given = [{**CHANGE, "raw_line": f"{op}{place}", "op": op, "note": place} for op, place in places]
    expected = [["U9", []], ["U", ["no_sequence"]], ["DNone", ["no_sequence"]], ["LNone", []]]
    found = typed_changes(rows(LINES, given), replace(ORDER_CHANGES, sequence=order, history=None), load_ts=None)
    assert_rows(found, "raw_line problems", expected)


def test_in_later_files_an_empty_operation_is_unknown(rows: Rows) -> None:
    paths = ("/in/20191005-100000000.csv", "/in/LOAD00000001.csv")
    given = [
        {**CHANGE, "op": op, "source_file": path, "raw_line": f"{op}{path}"} for op in (" ", None) for path in paths
    ]
    found = typed_changes(reject_empty_ops(rows(LINES, given)), ORDER_CHANGES, load_ts=None)
    expected = [
        [f"{op}{path}", problems]
        for op in (" ", None)
        for path, problems in ((paths[0], ["unknown_op"]), (paths[1], []))
    ]
    assert_rows(found, "raw_line problems", expected)


def test_a_time_beyond_the_clock_is_rejected(rows: Rows) -> None:
    found = typed(rows, {"commit_ts": "2019-10-05 10:00:00"}, {"commit_ts": "2019-10-05 10:00:00.000001"})
    late = reject_future(found, datetime(2019, 10, 5, 10, tzinfo=UTC))
    assert_rows(late, "raw_line problems", [["00", []], ["01", ["future_commit_time"]]])


def test_an_empty_text_is_not_null_and_a_change_in_a_file_of_the_load_is_of_the_load(rows: Rows) -> None:
    found = typed(rows, {"note": "", "currency": None}, {"source_file": "/in/LOAD0000000A.csv"})
    assert_rows(found, "raw_line note currency _op", [["00", "", None, "I"], ["01", None, "EUR", "L"]])


PLACES = [
    ["9", "10", "999999999999999999", "1000000000000000000", "18446744073709551615"],
    ["0/FFFFFF0", "0/10000000", "1/0", "a/0", "10/0"],
    ["bin.000009:5", "bin.000010:4", "bin.000010:999", "bin.000010:1000", "bin.999999:4", "bin.1000000:4"],
    ["0000002A000000100003", "00000030000000100003", "0000003a000000100003", "0000003E000000100003"],
    ["00000000000007DA", "0000000000000800", "000000000000080A", "00000000000012E4", "00000000000012F0"],
    ["-1.5E7", "-3.0", "0.0", "9999999.0", "1.0E7", "10000001.0", "1.769853600123E12", "2e+12"],
    ["2019-10-05T10:00:00Z", "2019-10-05T10:00:00.45Z", "2019-10-05T10:00:00.5Z", "2019-10-05T10:00:01Z"],
]


@pytest.mark.parametrize("name", ["change_seq", "note"])
def test_places_in_a_log_are_in_the_order_of_their_numbers(rows: Rows, name: str) -> None:
    changes = [
        {**CHANGE, "order_id": str(log), "raw_line": place, "row_no": 0, name: place}
        for log, places in enumerate(PLACES)
        for place in places
    ]
    source = replace(ORDER_CHANGES, sequence=(name, "commit_ts"))
    typed_rows = typed_changes(rows(LINES, changes), source, load_ts=None)
    found = typed_rows.orderBy("order_id", "_seq").select("raw_line").collect()
    assert [row.raw_line for row in found] == [place for places in PLACES for place in places]


def test_changes_are_in_the_order_of_their_commit_then_of_the_feed(rows: Rows) -> None:
    found = typed(
        rows,
        {"order_id": "3", "change_seq": f"{9:035}"},
        {"order_id": "2", "change_seq": f"{8:035}"},
        {"order_id": "1", "commit_ts": "2019-10-05T10:00:00Z", "change_seq": f"{99:035}"},
        {"order_id": "0", "op": None, "commit_ts": None, "change_seq": None},
    )
    of_first = "IF(order_id = 1, _seq.commit_ts, NULL) AS committed_at"
    placed = found.selectExpr("*", "row_number() OVER (ORDER BY _seq) AS place", of_first)
    expected = [[1, 0, "L", None], [2, 1, "I", "2019-10-05 10:00:00"], [3, 2, "I", None], [4, 3, "I", None]]
    assert_rows(placed, "place order_id _op committed_at", expected)
