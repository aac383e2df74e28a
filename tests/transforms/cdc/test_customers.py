"""Changes of customers, ordered by the name of their file and their position in it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.cdc.raw_customers import RAW_CUSTOMERS
from schemas.table import Column
from tests.conftest import Rows, assert_rows
from tests.delivered import with_line
from transforms.cdc.customers import customers

LINES = replace(RAW_CUSTOMERS, columns=(*with_line(RAW_CUSTOMERS).columns, Column("row_no", "long", "")))
CHANGE = {
    "op": "U",
    "customer_id": "A",
    "email": "a@x.com",
    "lclid": "1",
    "source_file": "/in/CDC_2019-01-01.csv",
    "raw_line": "line",
    "malformed": False,
}


def typed(rows: Rows, *changes: dict[str, Any], load_ts: datetime | None = None) -> DataFrame:
    """The changes, each with its position in their order."""
    raw = rows(LINES, [{**CHANGE, "row_no": number, **change} for number, change in enumerate(changes)])
    found = customers(raw, load_ts=load_ts)
    return found.selectExpr("*", "_seq.commit_ts AS committed_at", "row_number() OVER (ORDER BY _seq) AS place")


def test_a_load_comes_first_then_files_by_the_day_in_their_name_then_rows(rows: Rows) -> None:
    found = typed(
        rows,
        {"email": "later", "source_file": "/in/CDC_2019-01-02.csv"},
        {"email": "second", "row_no": 10},
        {"email": "first", "row_no": 9},
        {"op": None, "email": "loaded", "source_file": "/in/Customers_FullLog.csv"},
    )
    expected = [
        [1, "loaded", "L", "1970-01-01 00:00:00"],
        [2, "first", "U", "2019-01-01 00:00:00"],
        [3, "second", "U", "2019-01-01 00:00:00"],
        [4, "later", "U", "2019-01-02 00:00:00"],
    ]
    assert_rows(found, "place email _op committed_at", expected)


def test_a_later_load_comes_after_the_changes_before_it(rows: Rows) -> None:
    load = {"op": None, "source_file": "/in/LOAD00000001.csv"}
    found = typed(rows, {}, load, load_ts=datetime(2019, 1, 1, 12, tzinfo=UTC))
    assert_rows(found, "place _op", [[1, "U"], [2, "L"]])


PROBLEMS: list[tuple[dict[str, Any], list[str]]] = [
    # History needs a time.
    ({"source_file": "/in/orders-0-20240102.csv"}, ["no_commit_time"]),
    ({"op": None, "source_file": "/in/all.csv"}, []),
    ({"op": "replace"}, ["unknown_op"]),
    ({"customer_id": None}, ["null_key"]),
    ({"malformed": True}, ["truncated_or_malformed"]),
    ({"email": "a\ufffd"}, ["encoding"]),
    ({"op": "T", "customer_id": None}, []),
]


def test_a_bad_change_is_rejected_with_its_reason(rows: Rows) -> None:
    found = typed(rows, *(change for change, _ in PROBLEMS))
    expected = [[place, problems] for place, (_, problems) in enumerate(PROBLEMS, 1)]
    assert_rows(found, "place problems", expected)


def test_no_rows_in_give_no_rows_out(rows: Rows) -> None:
    assert_rows(typed(rows), "place", [])
