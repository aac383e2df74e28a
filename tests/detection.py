"""Events for tests of the rules, and their panes summed without Spark."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import KEY_KINDS
from transforms.detection.panes import MAX_TIMES, MAX_VISITORS
from transforms.detection.rules import RuleSet

# Noon of a day, in seconds since 1970: the end of a window of every rule.
NOON = 1_569_931_200
Event = Mapping[str, Any]


def at(seconds: float, **columns: Any) -> dict[str, Any]:
    """A view of product 1, so many seconds after noon, without any key but those given."""
    return {"time": NOON + seconds, "event_type": "view", "product_id": 1, **columns}


def instant(event: Event) -> str:
    return datetime.fromtimestamp(event["time"], UTC).isoformat()


def every(step: float, number: int, **columns: Any) -> list[dict[str, Any]]:
    """Events with gaps that alternate between 0.6 and 1.4 times `step` seconds, as no timer makes them."""
    return [at((one + 0.4 * (one % 2)) * step, **columns) for one in range(number)]


def summed(events: Iterable[Event], rules: RuleSet) -> dict[str, pa.Table]:
    """The panes of the events, as `panes` sums them."""
    found: dict[tuple[str, str, int], list[Event]] = {}
    for event in events:
        kinds = [kind for kind in KEY_KINDS if kind == "category_id" or rules.of_kind(kind)]
        keys = [(kind, str(event[kind])) for kind in kinds if event.get(kind) is not None]
        for kind, key in (*keys, ("all", "")):
            found.setdefault((kind, key, int(event["time"] // 10) * 10), []).append(event)
    rows = dict[str, list[dict[str, Any]]]()
    for place, inside in found.items():
        rows.setdefault(place[0], []).append(_row(place, inside, rules))
    return {
        kind: pa.Table.from_pylist(of_kind, _schema(kind, rules)).sort_by("key_hash") for kind, of_kind in rows.items()
    }


def _row(place: tuple[str, str, int], inside: Sequence[Event], rules: RuleSet) -> dict[str, Any]:
    kind, key, pane = place
    most = max((rule.limit for rule in rules.of_kind(kind) if rule.min_distinct), default=0)
    times = sorted(round(event["time"] * 1_000_000) for event in inside)
    products = sorted({event["product_id"] for event in inside})
    visitors = sorted({event["user_id"] for event in inside if event.get("user_id") is not None})
    counts = {name: sum(event["event_type"] == name for event in inside) for name in EVENT_TYPES}
    return {
        "key": key,
        "pane": pane,
        "key_hash": hash((kind, key)),
        **counts,
        "times": times[:MAX_TIMES],
        "products": products[:most],
        "visitors": visitors[:MAX_VISITORS],
    }


def _schema(kind: str, rules: RuleSet) -> pa.Schema:
    """The columns of panes of a kind, with those of the lists that its rules need."""
    of_kind, integers = rules.of_kind(kind), pa.list_(pa.int64())
    lists = {
        "times": any(rule.has_gaps for rule in of_kind),
        "products": any(rule.min_distinct for rule in of_kind),
        "visitors": kind in ("ip", "user_session"),
    }
    return pa.schema(
        [
            ("key_hash", pa.int64()),
            ("key", pa.string()),
            ("pane", pa.uint32()),
            *((name, pa.int32()) for name in EVENT_TYPES),
            *((name, integers) for name, is_needed in lists.items() if is_needed),
        ]
    )
