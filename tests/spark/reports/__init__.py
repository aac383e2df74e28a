"""A synthetic lake for the report: rows of its tables, the expected results of its tiles, and its page."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.reporting import report
from jobs.runtime.reporting.headlines import render_headlines
from jobs.runtime.reporting.page import render
from jobs.runtime.reporting.query_runner import Answer, run_queries
from jobs.runtime.reporting.tile_definitions import tiles
from jobs.runtime.spark.small_frames import local_frame
from schemas.table import Table
from transforms.ecommerce.cart_abandonment import VALUES

Rows = list[dict[str, Any]]
Found = tuple[list[Answer], list[tuple[str, str]]]
FIRST = date(2019, 10, 1)
CLASSES = ("checkout_gap", "healthy", "awareness_gap", "insufficient_data", "consideration_gap", "healthy")
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "\"quotes\" & 'apostrophes'",
    "x" * 300,
    "علامة تجارية",
    "🦊🦊 fox & co",
    "=HYPERLINK(1)",
    "{{ title }} ${title}",
    "\u202egnirts desrever",
    "constructor",
    "__proto__",
    "true",
    "two  spaces",
    "a;=1+1",
)


def money(cents: int) -> Decimal:
    return Decimal(cents) / 100


def lake(
    days: int,
    brands: Sequence[str] = ("acme", "bolt", "corp", "dell", "echo", "fitz"),
    categories: Sequence[str] = ("kids", "kids.toys", "tv"),
) -> dict[str, Rows]:
    """Rows of each table for some days, by table stem."""
    zone = {"time_zone": "Europe/Zagreb"}
    period = {"period_start": FIRST, "period_end": FIRST + timedelta(days - 1), **zone}
    calendar = [FIRST + timedelta(number) for number in range(days)]
    weeks = sorted({day - timedelta(day.weekday()) for day in calendar})
    return {
        "unique_visitors": [
            _visitors(number, day, grain) | zone
            for number, day in enumerate(calendar)
            for grain in ("day", "rolling_7d", "rolling_28d")
        ],
        "visitor_lifecycle": [
            {"week": week, "state": state, "visitors": 50 + 7 * at + 3 * number, "partial": number == 0, **zone}
            for number, week in enumerate(weeks)
            for at, state in enumerate(("new", "retained", "resurrected", "churned"))
        ],
        "abandoned_carts": [
            _line(number, day, at) | zone for number, day in enumerate(calendar) for at in range(6 + number % 3)
        ],
        "cart_abandonment": [
            {
                "day": day,
                "grain": grain,
                "carts": 40 + number % 5,
                "purchased": 12,
                "recovered": 3,
                "removed": 5,
                "abandoned": 20 + number % 5,
                "open": max(0, number - days + 3),
            }
            | {
                "abandonment_rate_final": 20 / 35,
                "abandonment_rate_initial": 23 / 35,
                "recovery_rate": 3 / 23,
                "final": number < days - 9,
                **zone,
            }
            | {name: money(10_007 * place + number) for place, name in enumerate(VALUES, 1)}
            for number, day in enumerate(calendar)
            for grain in ("line", "user")
        ],
        "shopping_funnel": [
            {
                "day": day,
                "step": step,
                "entered": (900 + number, 90, 30 + number % 3)[at],
                "drop_off": (0, 700, 50)[at],
                "pending": (0, 1, 2)[at],
                **zone,
            }
            for number, day in enumerate(calendar)
            for at, step in enumerate(("view", "cart", "purchase"))
        ],
        "top_categories": [
            _slot(at, category, kind, slot) | period
            for at, category in enumerate(categories)
            for kind, slots in SLOTS.items()
            for slot in slots
        ],
        "brand_category_gaps": [
            {"brand": brand, "category": f"c{half}", "viewers": 300 + at, "peers_viewers": half * 1000}
            for at, brand in enumerate(brands)
            for half in (0, 1)
        ],
        "brand_gaps": [_brand(at, brand) | period for at, brand in enumerate(brands)],
        "rejected_events": [
            {
                "raw_line": f"line {number % 7} of jo@shop.example",
                "problems": PROBLEMS[number % 3],
                "source_file": f"/in/{number % 2}.csv",
                "run_id": "r1",
            }
            | {"received_on": FIRST + timedelta(number % 40)}
            for number in range(120)
        ],
        "runs": [
            *_run(
                "r1",
                2,
                {"ecommerce.unique_visitors": "published", "ecommerce.clean_events": "published"},
                [True, True],
                read=1000,
            ),
            *_run("r2", 30, {"ecommerce.unique_visitors": "no_change", "ecommerce.clean_events": "no_change"}, []),
            *_run(
                "r3",
                31,
                {"ecommerce.unique_visitors": "published", "ecommerce.clean_events": "refused"},
                [True, False],
                read=500,
            ),
            *_run("r4", 32, {"ecommerce.unique_visitors": None}, []),
        ],
    }


SLOTS = {"weekday": range(1, 8), "hour_of_week": range(168), "hour": range(0, 24, 8)}
PROBLEMS = (["bad_price"], ["bad_price", "future"], ["encoding"])


def _visitors(number: int, day: date, grain: str) -> dict[str, Any]:
    width = {"day": 1, "rolling_7d": 7, "rolling_28d": 28}[grain]
    seen = {
        "visitors": 100 * width + 3 * number,
        "events": 9,
        "sessions": 120,
        "buyers": 10 + number % 4,
        "new_visitors": 60 + number % 9,
    }
    return {
        "grain": grain,
        "period_start": day,
        **seen,
        "returning_visitors": seen["visitors"] - seen["new_visitors"],
        "partial": number < width - 1,
    }


def _line(number: int, day: date, at: int) -> dict[str, Any]:
    status = ("purchased", "recovered", "removed", "abandoned", "abandoned", "open")[(number + at) % 6]
    ended = None if status == "open" or at == 3 else datetime(2019, 12, 1, tzinfo=UTC)
    known = {
        "user_id": number,
        "product_id": at,
        "status": status,
        "day": day,
        "closed_at": ended,
        "value_at_risk": money(1999 + 101 * at),
    }
    return known | {
        "last_price": money(1999 + 101 * at),
        "purchase_price": money(1850 + number) if status in ("purchased", "recovered") else None,
    }


def _slot(at: int, category: str, kind: str, slot: int) -> dict[str, Any]:
    lift = 0.3 + ((slot * 7 + at * 5) % 23) / 8
    known = {
        "level": category.count(".") + 1,
        "slot_kind": kind,
        "slot": slot,
        "category": category,
        "metric": "purchases",
        "value": Decimal(30 + at),
    }
    rates = {
        "share": 0.2,
        "base": 0.1,
        "lift": lift + 0.01,
        "smoothed_lift": lift,
        "eligible": True,
        "is_promotion": lift >= 2.5,
    }
    return (
        known
        | rates
        | {"purchases": 30 + at % 3, "revenue": money(12345 + slot), "occurrences": 4, "per_occurrence": 7.5}
    )


def _brand(at: int, brand: str) -> dict[str, Any]:
    known = {
        "brand": brand,
        "rank": at + 1,
        "viewers": 600 + 2 * at,
        "buyers": 20 + at % 7,
        "actual": 18 + at % 7,
        "expected": 25.0,
        "v2c": 0.1,
        "c2p": 0.3,
        "v2p": 0.03,
    }
    judged = {
        "primary_class": CLASSES[at % 6],
        "insufficient_data": CLASSES[at % 6] == "insufficient_data",
        "exposure_index": 0.6 + at / 100,
        "v2p_q": 0.4,
    }
    return (
        known
        | judged
        | {
            "ratio": (18 + at % 7) / 25,
            "missed_buyers": max(0.0, 7.0 - at % 7),
            "missed_revenue": money(max(0, 90_000 - 1000 * at)),
        }
    )


def _run(
    run_id: str, day: int, tables: Mapping[str, str | None], held: Sequence[bool], read: int | None = None
) -> Rows:
    """The ledger rows of a run: its start and, unless it was killed, its end."""
    started = datetime(2019, 10, 1, 4, 30, 0, 123_456, tzinfo=UTC) + timedelta(day)
    ended = started + timedelta(seconds=95, milliseconds=950)
    outcomes = [
        {
            "name": f"it holds {at}",
            "severity": "critical",
            "success": one,
            "expected": "as asked",
            "observed": "as expected" if one else "observed value 7",
        }
        for at, one in enumerate(held)
    ]
    rows = []
    for table, status in tables.items():
        known = {
            "run_id": run_id,
            "job": "ecommerce.daily",
            "table": table,
            "runtime_line": "5.1",
            "started_at": started,
            "clock": started,
            "parameters_json": "{}",
        }
        rows.append({**known, "status": "started"})
        counts = (
            {"rows_read": read, "rows_kept": read - 30, "rows_rejected": 20, "rows_duplicate": 10, "rows_late": 0}
            if read and "clean" in table
            else {}
        )
        shared = {
            "status": status,
            "message": {"refused": "failed: it holds 1", "no_change": "reads ecommerce.other"}.get(status or ""),
            "dpu_hours_estimate": 2 * 95 / 3600,
        }
        if status:
            rows.append(
                {
                    **known,
                    **counts,
                    **shared,
                    "finished_at": ended,
                    "as_of": started,
                    "suite_results_json": json.dumps(outcomes),
                }
            )
    return rows


def answers(spark: SparkSession, rows: Mapping[str, Rows], board: str = "ecommerce") -> Found:
    """The results of the tiles for tables with these rows, and the findings."""
    tables = report.board_tables(board)
    return of_frames(
        {table: local_frame(spark, table, [_exact(row) for row in rows.get(table.stem, [])]) for table in tables}, board
    )


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def of_frames(frames: Mapping[Table, DataFrame], board: str = "ecommerce") -> Found:
    with ThreadPoolExecutor(2) as pool:
        found = list(run_queries(tiles(board), frames, pool))
    return found, report.findings(board, render_headlines(frames))


def page(found: Found, board: str = "ecommerce") -> str:
    return render(board, *found, report.board_tables(board), datetime(2019, 11, 1, tzinfo=UTC))
