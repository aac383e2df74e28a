"""The expected result of each tile, in plain Python, written from the definitions."""

import json
import math
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from tests.spark.reports import Rows

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
Z = 1.959963984540054


def expected(rows: dict[str, Rows]) -> dict[str, Rows]:
    return {name.removeprefix("_of_"): answer(rows) for name, answer in globals().items() if name.startswith("_of_")}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat(" ")


def _pick(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _ratio(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None


def _of_facts(rows: dict[str, Rows]) -> Rows:
    days = [row["period_start"] for row in rows["unique_visitors"] if row["grain"] == "day"]
    published = max(
        (row for row in rows["runs"] if row["table"] == "ecommerce.unique_visitors" and row["status"] == "published"),
        key=lambda row: row["finished_at"],
    )
    return [
        {
            "time_zone": "Europe/Zagreb",
            "first_day": min(days),
            "last_day": max(days),
            "as_of": _text(published["as_of"]),
            "run_id": published["run_id"],
        }
    ]


def _of_last_seven_days(rows: dict[str, Rows]) -> Rows:
    of_grain = {
        grain: {row["period_start"]: row for row in rows["unique_visitors"] if row["grain"] == grain}
        for grain in ("day", "rolling_7d", "rolling_28d")
    }
    rolling = of_grain["rolling_7d"]
    whole = [day for day, row in rolling.items() if not row["partial"]]
    last = max(whole or rolling)
    before = last - timedelta(7)
    known = before in rolling and not rolling[before]["partial"]
    lines = [row for row in rows["cart_abandonment"] if row["grain"] == "line"]
    still_open = [row["day"] for row in lines if row["open"]]
    last_of_carts = min(still_open) - timedelta(1) if still_open else max(row["day"] for row in lines)
    carts_known = last_of_carts - timedelta(13) >= min(of_grain["day"])
    answers: dict[str, Any] = {"last_day": last, "last_day_of_carts": last_of_carts, "partial": not whole}
    for suffix, end, is_known in (("", last, True), ("_before", before, known)):
        there = rolling.get(end, {})
        for name in ("visitors", "new_visitors", "buyers"):
            answers[name + suffix] = there[name] if is_known else None
        answers[f"buyer_rate{suffix}"] = _ratio(there["buyers"], there["visitors"]) if is_known else None
    if not known or of_grain["rolling_28d"][before]["partial"]:
        answers["new_visitors_before"] = None
    for suffix, end, is_known in (("", last_of_carts, True), ("_before", last_of_carts - timedelta(7), carts_known)):
        week = [row for row in lines if end - timedelta(7) < row["day"] <= end]
        left, bought = (
            sum(row[name] for row in week for name in names) for names in (("abandoned", "recovered"), ("purchased",))
        )
        answers[f"abandonment_rate{suffix}"] = _ratio(left, left + bought) if is_known else None
        answers[f"left_value{suffix}"] = sum(row["left_value"] for row in week) if is_known else None
        if not suffix:
            answers |= {name: sum(row[name] for row in week) for name in ("abandoned_value", "recovered_value")}
    return [answers]


def _checked(rows: dict[str, Rows]) -> Rows:
    newest: dict[str, Any] = {}
    for row in sorted((row for row in rows["runs"] if row.get("finished_at")), key=lambda row: row["finished_at"]):
        if json.loads(row["suite_results_json"]):
            newest[row["table"]] = row
    return [
        {"table": table, "status": row["status"], "checked_at": _text(row["finished_at"]), **one}
        for table, row in newest.items()
        for one in json.loads(row["suite_results_json"])
    ]


def _of_trust(rows: dict[str, Rows]) -> Rows:
    outcomes = _checked(rows)
    read = max((row for row in rows["runs"] if row.get("rows_read")), key=lambda row: row["started_at"])
    verdict = "refused" if any(one["status"] == "refused" for one in outcomes) else "good"
    counts = _pick(read, "rows_read", "rows_kept", "rows_rejected", "rows_duplicate", "rows_late", "run_id")
    held = {"expectations_passed": sum(one["success"] for one in outcomes), "expectations_evaluated": len(outcomes)}
    broken = "; ".join(sorted(f"{one['table']}: {one['name']}" for one in outcomes if not one["success"]))
    return [
        {
            "verdict": verdict,
            "did_not_hold": broken or None,
            **counts,
            **held,
            "rejected_rate": read["rows_rejected"] / read["rows_read"],
            "read_at": _text(read["started_at"]),
        }
    ]


def _of_visitors(rows: dict[str, Rows]) -> Rows:
    names = ("visitors", "new_visitors", "returning_visitors", "sessions", "buyers", "partial")
    of_days = sorted(
        (row for row in rows["unique_visitors"] if row["grain"] == "day"), key=lambda row: row["period_start"]
    )
    return [{"day": row["period_start"], **_pick(row, *names)} for row in of_days[-366:]]


def _of_lifecycle(rows: dict[str, Rows]) -> Rows:
    last = max(row["week"] for row in rows["visitor_lifecycle"])
    recent = [row for row in rows["visitor_lifecycle"] if row["week"] > last - timedelta(weeks=53)]
    return [
        _pick(row, "week", "state", "visitors", "partial")
        for row in sorted(recent, key=lambda row: (row["week"], row["state"]))
    ]


def _of_funnel(rows: dict[str, Rows]) -> Rows:
    last = max(row["day"] for row in rows["shopping_funnel"])
    recent = [row for row in rows["shopping_funnel"] if row["day"] > last - timedelta(28)]
    answers, before, first = [], None, None
    for step in ("view", "cart", "purchase"):
        of_step = [row for row in recent if row["step"] == step]
        sums = {name: sum(row[name] for row in of_step) for name in ("entered", "drop_off", "pending")}
        first = first or sums["entered"]
        rates = {"step_rate": before and sums["entered"] / before, "overall_rate": sums["entered"] / first}
        answers.append(
            {"step": step, **sums, **rates, "first_day": min(row["day"] for row in of_step), "last_day": last}
        )
        before = sums["entered"]
    return answers


def _of_carts(rows: dict[str, Rows]) -> Rows:
    names = (
        "day",
        "carts",
        "purchased",
        "recovered",
        "abandoned",
        "open",
        "removed",
        "abandonment_rate_initial",
        "recovery_rate",
        "final",
    )
    return [
        _pick(row, *names)
        for row in sorted(rows["cart_abandonment"], key=lambda row: row["day"])
        if row["grain"] == "line"
    ][-366:]


def _of_cart_value(rows: dict[str, Rows]) -> Rows:
    names = ("day", "value_at_risk", "abandoned_value", "winnable_value", "recovered_value")
    return [
        _pick(row, *names)
        for row in sorted(rows["cart_abandonment"], key=lambda row: row["day"])
        if row["grain"] == "line"
    ][-366:]


def _of_hours(rows: dict[str, Rows]) -> Rows:
    totals: Counter[str] = Counter()
    for row in rows["top_categories"]:
        if row["slot_kind"] == "weekday" and row["level"] <= 2:
            totals[row["category"]] += row["value"]
    chosen = sorted(totals, key=lambda category: (-totals[category], category))[:16]
    found = {
        name: [row for row in rows["top_categories"] if row["category"] == name and row["slot_kind"] == "hour_of_week"]
        for name in chosen
    }
    strongest = {
        name: max((row["smoothed_lift"] if row["eligible"] else 0 for row in some), default=0)
        for name, some in found.items()
    }
    slots = [
        row
        for name in sorted(chosen, key=lambda name: (-strongest[name], -name.count("."), name))
        for row in found[name]
    ]
    return [
        {
            "weekday": DAYS[row["slot"] // 24],
            "hour": row["slot"] % 24,
            **_pick(row, "category", "purchases", "lift", "smoothed_lift", "eligible"),
        }
        for row in slots
    ]


def _of_promotions(rows: dict[str, Rows]) -> Rows:
    def occasion(kind: str, slot: int) -> str:
        if kind == "hour":
            return f"every day at {slot} h"
        return f"{DAYS[slot - 1]}s" if kind == "weekday" else f"{DAYS[slot // 24]}s at {slot % 24} h"

    best = sorted(
        (row for row in rows["top_categories"] if row["is_promotion"]),
        key=lambda row: (-row["smoothed_lift"], -row["level"], row["slot_kind"], row["slot"], row["category"]),
    )
    deepest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sorted(best, key=lambda row: (-row["level"], row["category"])):
        deepest.setdefault(
            (row["slot_kind"], row["slot"], row["purchases"], row["revenue"], row["category"].partition(".")[0]), row
        )
    shown = [row for row in best if any(row is one for one in deepest.values())]
    names = (
        "category",
        "level",
        "metric",
        "purchases",
        "revenue",
        "share",
        "base",
        "lift",
        "smoothed_lift",
        "occurrences",
    )
    return [{**_pick(row, *names), "occasion": occasion(row["slot_kind"], row["slot"])} for row in shown[:50]]


def _of_brand_gaps(rows: dict[str, Rows]) -> Rows:
    comparable: Counter[str] = Counter()
    for row in rows["brand_category_gaps"]:
        comparable[row["brand"]] += row["viewers"] if row["peers_viewers"] else 0
    answers = []
    for row in sorted(
        rows["brand_gaps"],
        key=lambda row: ({"healthy": 1, "insufficient_data": 2}.get(row["primary_class"], 0), row["rank"]),
    ):
        n, names = (
            comparable[row["brand"]],
            (
                "missed_revenue",
                "missed_buyers",
                "ratio",
                "viewers",
                "buyers",
                "v2c",
                "c2p",
                "v2p",
                "exposure_index",
                "rank",
            ),
        )
        p = row["actual"] / n
        middle, half = (
            (p + Z * Z / 2 / n) / (1 + Z * Z / n),
            Z * math.sqrt(p * (1 - p) / n + (Z / 2 / n) ** 2) / (1 + Z * Z / n),
        )
        bounds = {
            "ratio_low": max(0.0, middle - half) * n / row["expected"],
            "ratio_high": (middle + half) * n / row["expected"],
        }
        answers.append({**_pick(row, "brand", "primary_class", *names), **bounds, "brands": len(rows["brand_gaps"])})
    return answers[:100]


def _of_exposure(rows: dict[str, Rows]) -> Rows:
    enough = sorted(
        (row for row in rows["brand_gaps"] if not row["insufficient_data"]),
        key=lambda row: (row["exposure_index"], row["brand"]),
    )
    return [_pick(row, "brand", "primary_class", "exposure_index", "viewers", "v2p", "v2p_q") for row in enough[:30]]


def _of_refused(rows: dict[str, Rows]) -> Rows:
    last = max(row["received_on"] for row in rows["rejected_events"])
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows["rejected_events"]:
        for problem in row["problems"] if row["received_on"] > last - timedelta(28) else []:
            found[problem].append((row["raw_line"], row["source_file"]))
    return [
        {
            "problem": problem,
            "rows": len(some),
            "files": len({file for _, file in some}),
            "example": min(some)[0].replace("jo@shop.example", "***@***"),
            "example_file": min(some)[1],
        }
        for problem, some in sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))
    ]


def _of_expectations(rows: dict[str, Rows]) -> Rows:
    renamed = [
        {
            **_pick(one, "table", "severity", "observed", "expected", "checked_at"),
            "expectation": one["name"],
            "passed": one["success"],
        }
        for one in _checked(rows)
    ]
    return sorted(renamed, key=lambda one: (one["passed"], one["severity"], one["table"], one["expectation"]))


def _of_runs(rows: dict[str, Rows]) -> Rows:
    of_run: dict[str, Rows] = defaultdict(list)
    for row in rows["runs"]:
        of_run[row["run_id"]].append(row)
    last = max(row["started_at"] for row in rows["runs"])
    answers = []
    for run_id, some in of_run.items():
        started, ended = some[0]["started_at"], [row for row in some if row.get("finished_at")]
        if started <= last - timedelta(28):
            continue
        statuses = {row["status"] for row in ended}
        worst = next(
            (one for one in ("failed", "refused", "overtaken", "stopped", "published", "no_change") if one in statuses),
            "started",
        )
        read = next((row for row in ended if row.get("rows_read")), {})
        answers.append(
            {
                "started_at": _text(started),
                "job": some[0]["job"],
                "ended": worst,
                "seconds": int((ended[0]["finished_at"] - started).total_seconds()) if ended else None,
                "dollars": ended[0]["dpu_hours_estimate"] * 0.44 if ended else None,
                "tables_published": sum(row["status"] == "published" for row in ended),
                **{
                    name: read.get(name)
                    for name in ("rows_read", "rows_kept", "rows_rejected", "rows_duplicate", "rows_late")
                },
                "run_id": run_id,
                "message": next(
                    (row["message"] for row in ended if row["message"] and not row["message"].startswith("reads")), None
                ),
            }
        )
    return sorted(answers, key=lambda row: row["started_at"], reverse=True)
