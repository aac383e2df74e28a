"""What change files bring: wider and other types, and events of Debezium."""

import json
from typing import Any

import pytest

from jobs.cdc import orders
from jobs.changes.shape import wider
from tests.conftest import InProcess

ROW = {"order_id": 1, "customer_id": "c", "ordered_at": 1_569_924_000_000, "status": "new", "amount": "10.50", "currency": "EUR", "note": ""}


@pytest.mark.parametrize(
    ("one", "other", "fit"),
    [
        ("int", "int", "int"),
        ("int", "bigint", "bigint"),
        ("bigint", "tinyint", "bigint"),
        ("float", "double", "double"),
        ("decimal(10,2)", "decimal(12,2)", "decimal(12,2)"),
        ("decimal(10,2)", "decimal(10,4)", None),
        ("int", "double", None),
        ("string", "date", None),
    ],
)
def test_of_two_types_the_wider_one_holds_both(one: str, other: str, fit: str | None) -> None:
    assert (wider(one, other), wider(other, one)) == (fit, fit)


def event(op: str, place: int, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    return {"op": op, "before": before, "after": after, "source": {"ts_ms": 1_570_269_600_000, "file": "bin.000003", "pos": place, "row": 0}}


def test_events_of_debezium_are_changes_with_their_schema_or_without(daily: InProcess) -> None:
    daily.job = orders.JOB
    flat = {**ROW, "order_id": 3, "__op": "r", "__source_ts_ms": 1_570_269_600_000, "__deleted": "false"}
    told = [
        event("c", 100, None, ROW),
        {"schema": {"fields": []}, "payload": event("u", 2_000, ROW, {**ROW, "status": "paid"})},
        event("c", 101, None, {**ROW, "order_id": 2}),
        event("d", 2_001, {**ROW, "order_id": 2}, None),
        flat,
    ]
    daily.deliver("events.json", *map(json.dumps, told), header="")
    assert daily.run() == 0, daily.told
    rows = daily.table("cdc.orders").selectExpr("order_id", "status", "string(ordered_at)", "string(amount)", "note", "_op").orderBy("order_id").collect()
    assert [tuple(row) for row in rows] == [(1, "paid", "2019-10-01 10:00:00", "10.50", "", "U"), (3, "new", "2019-10-01 10:00:00", "10.50", "", "L")]
