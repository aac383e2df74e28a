"""Brands compared with their peers, in sets and plain arithmetic."""

import math
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Z = 1.959963984540054
RATES = {"v2c": ("carters", "viewers"), "c2p": ("carted_buyers", "carters"), "v2p": ("buyers", "viewers")}
COUNTS = ("viewers", "carters", "carted_buyers", "buyers", "unviewed_buyers")


def wilson(successes: int, trials: int) -> tuple[float | None, float | None]:
    if not trials:
        return None, None
    share, square = successes / trials, Z * Z
    reach = Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    low, high = ((share + square / (2 * trials) + sign * reach) / (1 + square / trials) for sign in (-1, 1))
    return (low if successes else 0.0), (high if successes < trials else 1.0)


def divided(a: Any, b: Any) -> float | None:
    return None if a is None or not b else float(a) / float(b)


def add_q_values(rows: list[Row], rate: str) -> None:
    ranked = sorted((row for row in rows if row[f"{rate}_p"] is not None), key=lambda row: row[f"{rate}_p"])
    q = 1.0
    for place in range(len(ranked), 0, -1):
        q = min(q, ranked[place - 1][f"{rate}_p"] * len(ranked) / place)
        ranked[place - 1][f"{rate}_q"] = q


def classify(rows: list[Row]) -> None:
    for row in rows:
        below = {
            rate: None if row[f"{rate}_q"] is None else row[f"{rate}_q"] <= 0.05 and row[f"{rate}_z"] < 0
            for rate in RATES
        }
        row["insufficient_data"] = all(one is None for one in below.values())
        row["checkout_gap"] = None if below["c2p"] is None else below["c2p"] and not below["v2c"]
        row["consideration_gap"] = below["v2c"]
        index = row["exposure_index"]
        row["awareness_gap"] = None if below["v2p"] is None or index is None else index < 0.8 and not below["v2p"]
        flags = ("insufficient_data", "checkout_gap", "consideration_gap", "awareness_gap")
        row["primary_class"] = next((flag for flag in flags if row[flag]), "healthy")


def brand_category_gaps(
    events: list[Row], *, as_of: datetime, time_zone: str, period_days: int, level: int
) -> list[Row]:
    zone = ZoneInfo(time_zone)
    past = [(event, event["event_time"].astimezone(zone).date()) for event in events if event["event_time"] < as_of]
    if not past:
        return []
    end: date = as_of.astimezone(zone).date() - timedelta(days=1)
    start = max(end - timedelta(days=period_days - 1), min(day for _, day in past))
    did: dict[tuple[str, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    views: dict[tuple[str, str], int] = defaultdict(int)
    revenue: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    products: dict[Any, set[int]] = defaultdict(set)
    for event, day in past:
        if start <= day <= end:
            parts = (event["category_code"] or "").split(".")
            category = ".".join(parts[:level]) if event["category_code"] and len(parts) >= level else "(unknown)"
            cell = event["brand"] or "(none)", category
            did[cell][event["event_type"]].add(event["user_id"])
            views[cell] += event["event_type"] == "view"
            revenue[cell] += event["price"] if event["event_type"] == "purchase" else 0
            products[cell].add(event["product_id"])
            products[category].add(event["product_id"])
    counts: dict[tuple[str, str], Row] = {}
    for cell, kinds in did.items():
        seen, carted, bought = kinds["view"], kinds["cart"], kinds["purchase"]
        numbers = (len(seen), len(seen & carted), len(seen & carted & bought), len(seen & bought), len(bought - seen))
        counts[cell] = {**dict(zip(COUNTS, numbers, strict=True)), "revenue": revenue[cell]}
    rows = []
    for (brand, category), own in counts.items():
        if brand == "(none)":
            continue
        others = [other for cell, other in counts.items() if cell[1] == category and cell[0] != brand]
        row = {"brand": brand, "category": category, **own}
        row |= {
            f"peers_{name}": sum((other[name] for other in others), Decimal(0) if name == "revenue" else 0)
            for name in own
        }
        row |= {
            "views": views[brand, category],
            "category_views": sum(count for cell, count in views.items() if cell[1] == category),
        }
        row |= {"products": len(products[brand, category]), "category_products": len(products[category])}
        for rate, (events_of, trials_of) in RATES.items():
            compare(row, rate, row[events_of], row[trials_of], row[f"peers_{events_of}"], row[f"peers_{trials_of}"])
        row["exposure_index"] = divided(
            row["views"] * row["category_products"], row["category_views"] * row["products"]
        )
        rows.append({**row, "level": level, "period_start": start, "period_end": end, "time_zone": time_zone})
    for rate in RATES:
        add_q_values(rows, rate)
    classify(rows)
    return rows


def compare(row: Row, rate: str, a: int, n1: int, b: int, n0: int) -> None:
    own, peers = divided(a, n1), divided(b, n0)
    low, high = wilson(a, n1)
    row |= {rate: own, f"{rate}_low": low, f"{rate}_high": high, f"{rate}_peers": peers}
    row |= {
        f"{rate}_gap": None if own is None or peers is None else own - peers,
        f"{rate}_z": None,
        f"{rate}_p": None,
        f"{rate}_q": None,
    }
    n, m = n1 + n0, a + b
    if n1 and n0 and 0 < m < n:
        assert own is not None
        assert peers is not None
        row[f"{rate}_z"] = (own - peers) / math.sqrt(m / n * (1 - m / n) * (1 / n1 + 1 / n0))
    cells = [n1 * m, n0 * m, n1 * (n - m), n0 * (n - m)]
    if row["viewers"] >= 100 and row["peers_viewers"] >= 100 and n and min(cells) >= 5 * n:
        row[f"{rate}_p"] = math.erfc(abs(row[f"{rate}_z"]) / math.sqrt(2))


def brand_gaps(events: list[Row], **options: Any) -> list[Row]:
    by_brand: dict[str, list[Row]] = defaultdict(list)
    for row in brand_category_gaps(events, **options):
        by_brand[row["brand"]].append(row)
    rows = []
    for brand, cells in by_brand.items():
        row = {
            "brand": brand,
            "categories": len(cells),
            **{name: sum(cell[name] for cell in cells) for name in (*COUNTS, "revenue")},
        }
        row |= {name: cells[0][name] for name in ("level", "period_start", "period_end", "time_zone")}
        has_peers = [cell for cell in cells if cell["peers_viewers"]]
        peers_viewers = sum(cell["peers_viewers"] for cell in cells if cell["viewers"])
        row["actual"] = sum(cell["buyers"] for cell in has_peers)
        row["expected"] = math.fsum(
            cell["viewers"] * cell["peers_buyers"] / cell["peers_viewers"] for cell in has_peers
        )
        row["ratio"] = divided(row["actual"], row["expected"])
        row["missed_buyers"] = max(0.0, row["expected"] - row["actual"])
        own = divided(row["revenue"], row["buyers"] + row["unviewed_buyers"])
        payers = sum(cell["peers_buyers"] + cell["peers_unviewed_buyers"] for cell in cells)
        row["revenue_per_buyer"] = (
            own if own is not None else divided(sum(cell["peers_revenue"] for cell in cells), payers)
        )
        missed = Decimal(f"{row['missed_buyers'] * (row['revenue_per_buyer'] or 0):.11e}")
        row["missed_revenue"] = missed.quantize(Decimal("0.01"), ROUND_HALF_UP)
        views, shown = (sum(cell[name] for cell in cells) for name in ("views", "category_views"))
        made, offered = (sum(cell[name] for cell in cells) for name in ("products", "category_products"))
        row["exposure_index"] = divided(views * offered, shown * made)
        for rate, (did, could) in RATES.items():
            row[rate] = divided(row[did], row[could])
            row |= mantel_haenszel(rate, did, could, cells, enough=row["viewers"] >= 100 and peers_viewers >= 100)
        rows.append(row)
    for rate in RATES:
        add_q_values(rows, rate)
    classify(rows)
    for place, row in enumerate(
        sorted(rows, key=lambda row: (-row["missed_revenue"], -row["viewers"], row["brand"])), 1
    ):
        row["rank"] = place
    return rows


def mantel_haenszel(rate: str, did: str, could: str, cells: list[Row], *, enough: bool) -> Row:
    excess, variance, table = [], [], [[], [], [], []]  # type: ignore[var-annotated]
    for cell in cells:
        a, n1, b, n0 = cell[did], cell[could], cell[f"peers_{did}"], cell[f"peers_{could}"]
        n, m = n1 + n0, a + b
        if n < 2 or not n1 or not n0 or not m or m == n:
            continue
        expected = n1 * m / n
        excess.append(a - expected)
        variance.append(n1 * n0 * m * (n - m) / (n**2 * (n - 1)))
        for place, one in zip(table, (expected, n1 - expected, m - expected, n0 - m + expected), strict=True):
            place.append(one)
    z = math.fsum(excess) / math.sqrt(math.fsum(variance)) if variance else None
    is_sufficient = enough and min(math.fsum(one) for one in table) >= 5 - 1e-9
    p = math.erfc(abs(z) / math.sqrt(2)) if is_sufficient and z is not None else None
    return {f"{rate}_z": z, f"{rate}_p": p, f"{rate}_q": None}
