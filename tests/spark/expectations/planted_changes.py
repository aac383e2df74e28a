"""Ten good rows of the CDC tables, and a violation of each expectation of their suites."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.cdc.customers import CUSTOMER_CHANGES
from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc_source import CdcSource
from schemas.table import Table

START = datetime(2019, 10, 1, tzinfo=UTC)
SOURCES = (CUSTOMER_CHANGES, ORDER_CHANGES)


def seq(place: int) -> dict[str, Any]:
    return {"commit_ts": (START + timedelta(hours=place)).isoformat(), "change_seq": f"{place:035}"}


def source(cdc_source: CdcSource, number: int) -> dict[str, Any]:
    values = {"string": f"{number}", "bigint": number, "timestamp": START.isoformat(), "decimal(18,2)": f"{number}.50"}
    return {name: values[kind] for name, kind in cdc_source.types.items()}


def current(cdc_source: CdcSource) -> list[dict[str, Any]]:
    return [
        {**source(cdc_source, n), "_seq": seq(n + 20), "_op": "U", "_applied_at": START.isoformat()} for n in range(5)
    ]


def versions(cdc_source: CdcSource) -> list[dict[str, Any]]:
    """One ended and one current version of each row."""
    history_rows = []
    for n in range(5):
        for begun, ended in ((n, n + 20), (n + 20, None)):
            end = {"_seq_to": seq(ended), "valid_to": seq(ended)["commit_ts"]} if ended else {}
            times = {"_seq": seq(begun), "valid_from": seq(begun)["commit_ts"], "is_current": ended is None, **end}
            history_rows.append({**source(cdc_source, n), **times, "_applied_at": START.isoformat()})
    return history_rows


def noted(cdc_source: CdcSource) -> list[dict[str, Any]]:
    return [
        {**source(cdc_source, n), "_seq": seq(n), "kind": "noop", "_applied_at": START.isoformat()} for n in range(10)
    ]


REFUSED = [
    {"raw_line": f"{n}", "problems": ["null_key"], "source_file": "/in/a", "run_id": "r", "received_on": "2026-11-20"}
    for n in range(10)
]
BALANCE = {"rows_before": 7, "rows_inserted": 2, "rows_deleted": 1, "rows_after": 8, "rows_rejected": 10, "remarks": ""}

Planted = dict[str, dict[str, Any]]
GOOD: dict[Table, tuple[list[dict[str, Any]], dict[Table, list[dict[str, Any]]], dict[str, Any]]] = {}
BAD: dict[Table, Planted] = {}


def _given(table: Table) -> Planted:
    return {f"{name} is not null": {"row": {name: None}} for name in table.required}


for one in SOURCES:
    rows, [now, aux, history, refused] = current(one), one.tables
    key = one.key[0]
    history_rows = versions(one)
    GOOD[now], GOOD[aux], GOOD[refused] = (rows, {}, BALANCE), (noted(one), {}, BALANCE), (REFUSED, {}, BALANCE)
    GOOD[history] = (history_rows, {replace(now, name="cdc.current_rows"): rows}, BALANCE)
    BAD[now] = {
        **_given(now),
        "the key is unique": {"repeats": [key]},
        "the row count equals the rows before plus inserts minus deletes": {"run": {"rows_after": 9}},
        "inserts are of new rows and updates of existing rows": {"run": {"remarks": "op_anomaly"}},
    }
    BAD[history] = {
        **_given(history),
        "the key is unique": {"repeats": [key, "_seq"]},
        "a version is current if and only if it has no end": {"row": {"is_current": True}},
        "no version ends before it starts": {"row": {"valid_to": "2019-09-30T00:00:00+00:00"}},
        "versions of a row do not overlap": {"row": {"valid_to": "2019-10-03T00:00:00+00:00"}},
        "a row has at most one open version": {"row": {"valid_to": None, "_seq_to": None, "is_current": True}},
        "the current versions equal the current rows": {
            "more": {**history_rows[1], "_seq": seq(30), one.payload[0]: history_rows[3][one.payload[0]]}
        },
    }
    BAD[aux] = {**_given(aux), "kind has a known value": {"row": {"kind": "another"}}}
    BAD[refused] = {
        **_given(refused),
        "the row count equals the rejected changes": {"run": {"rows_rejected": 11}},
        "every change has problems": {"row": {"problems": []}},
        "all problems are known": {"row": {"problems": ["bored"]}},
    }
