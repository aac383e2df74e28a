"""Ten good rows of the tables that follow a source, and what breaks each expectation of their suites."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.cdc.customers import CUSTOMER_CHANGES
from schemas.cdc.orders import ORDER_CHANGES
from schemas.changing import CdcSource
from schemas.table import Table

START = datetime(2019, 10, 1, tzinfo=UTC)
SOURCES = (CUSTOMER_CHANGES, ORDER_CHANGES)


def seq(place: int) -> dict[str, Any]:
    return {"commit_ts": (START + timedelta(hours=place)).isoformat(), "change_seq": f"{place:035}"}


def source(changing: CdcSource, number: int) -> dict[str, Any]:
    values = {"string": f"{number}", "bigint": number, "timestamp": START.isoformat(), "decimal(18,2)": f"{number}.50"}
    return {name: values[kind] for name, kind in changing.types.items()}


def current(changing: CdcSource) -> list[dict[str, Any]]:
    return [
        {**source(changing, n), "_seq": seq(n + 20), "_op": "U", "_applied_at": START.isoformat()} for n in range(5)
    ]


def versions(changing: CdcSource) -> list[dict[str, Any]]:
    """Of each row one that ended and one that is current."""
    told = []
    for n in range(5):
        for begun, ended in ((n, n + 20), (n + 20, None)):
            end = {"_seq_to": seq(ended), "valid_to": seq(ended)["commit_ts"]} if ended else {}
            times = {"_seq": seq(begun), "valid_from": seq(begun)["commit_ts"], "is_current": ended is None, **end}
            told.append({**source(changing, n), **times, "_applied_at": START.isoformat()})
    return told


def noted(changing: CdcSource) -> list[dict[str, Any]]:
    return [
        {**source(changing, n), "_seq": seq(n), "kind": "noop", "_applied_at": START.isoformat()} for n in range(10)
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
    return {f"{name} is given": {"row": {name: None}} for name in table.required}


for one in SOURCES:
    rows, [now, aux, history, refused] = current(one), one.tables
    key = one.key[0]
    told = versions(one)
    GOOD[now], GOOD[aux], GOOD[refused] = (rows, {}, BALANCE), (noted(one), {}, BALANCE), (REFUSED, {}, BALANCE)
    GOOD[history] = (told, {now: rows}, BALANCE)
    BAD[now] = {
        **_given(now),
        "each row is there once": {"repeats": [key]},
        "as many rows as there were, and came, and did not go": {"run": {"rows_after": 9}},
        "changes insert what is not there, and update what is": {"run": {"remarks": "op_anomaly"}},
    }
    BAD[history] = {
        **_given(history),
        "each row is there once": {"repeats": [key, "_seq"]},
        "a version is current where it has no end": {"row": {"is_current": True}},
        "no version ends before it begins": {"row": {"valid_to": "2019-09-30T00:00:00+00:00"}},
        "versions of a row do not overlap": {"row": {"valid_to": "2019-10-03T00:00:00+00:00"}},
        "a row has one open version at most": {"row": {"valid_to": None, "_seq_to": None, "is_current": True}},
        "what is current in history are the rows as they are": {
            "more": {**told[1], "_seq": seq(30), one.payload[0]: told[3][one.payload[0]]}
        },
    }
    BAD[aux] = {**_given(aux), "kind is a known one": {"row": {"kind": "another"}}}
    BAD[refused] = {
        **_given(refused),
        "as many rows as were refused": {"run": {"rows_rejected": 11}},
        "each row says why": {"row": {"problems": []}},
        "only known reasons": {"row": {"problems": ["bored"]}},
    }
