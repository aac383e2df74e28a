"""The rows of the tables of a stream, from what the detector knows. Instants are naive, in UTC."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from jobs.runtime.streaming.pane_store import PaneStore
from jobs.runtime.streaming.pane_tables import panes_by_key
from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import CATEGORY_KEY
from transforms.detection.alerts import Alert
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident
from transforms.detection.panes import EVERYTHING
from transforms.detection.rules import DAY_S, PANE_S
from transforms.detection.windows import bot_band

Rows = list[dict[str, Any]]


def rate_rows(store: PaneStore, since: int, until: int, kinds: Sequence[str] = (CATEGORY_KEY, EVERYTHING.kind)) -> Rows:
    """The rows of event_rates for windows that start in [since, until), of these kinds. The store is not empty.

    Windows without events have rows for all categories together, unless there were none for a day.
    """
    sums = dict[tuple[int, str | None], list[int]]()
    found = [item for kind in kinds for item in panes_by_key(store.of_kind(kind, since, until), kind).items()]
    for key, panes in found:
        category = key.value if key.kind == CATEGORY_KEY else None
        for pane in panes:
            known = sums.setdefault((pane.start, category), [0] * len(EVENT_TYPES))
            sums[pane.start, category] = [one + more for one, more in zip(known, pane.counts, strict=True)]
    starts = sorted({start for start, _ in sums} | ({since} if since else set()) | {until})
    for earlier, later in pairwise(starts):
        if later - earlier <= DAY_S:
            sums |= {(at, None): sums.get((at, None), [0] * len(EVENT_TYPES)) for at in range(earlier, later, PANE_S)}
    return [
        {
            "window_start": instant(start),
            "event_type": name,
            "category_id": None if category is None else int(category),
            "events": events,
        }
        for (start, category), counts in sums.items()
        for name, events in zip(EVENT_TYPES, counts, strict=True)
        if events or category is None
    ]


def incident_rows(incidents: Iterable[Incident]) -> Rows:
    return [
        {
            "rule": one.rule,
            "key_kind": one.key.kind,
            "key": one.key.value,
            "action": one.action,
            "first_seen": instant(one.first_seen),
            "last_seen": instant(one.last_seen),
            "raised_at": instant(one.raised_at),
            "max_value": one.max_value,
            "bot_score": one.bot_score,
            "bot_band": bot_band(one.bot_score),
            "reasons": [f"{rule} {value}" for rule, value in one.reasons.items()],
        }
        for one in incidents
    ]


def block_rows(blocks: Iterable[Block]) -> Rows:
    return [
        {
            "rule": one.rule,
            "key_kind": one.key.kind,
            "key": one.key.value,
            "action": one.action,
            "first_seen": instant(one.first_seen),
            "last_seen": instant(one.last_seen),
            "max_rate": one.max_rate,
            "expires_at": instant(one.expires_at),
            "offences": one.offences,
            "mode": one.mode,
        }
        for one in blocks
    ]


def alert_rows(alerts: Sequence[Alert]) -> Rows:
    return [
        {
            "alerted_at": instant(one.alerted_at),
            "rule": one.rule,
            "state": one.state,
            "severity": one.severity,
            "incidents": one.incidents,
            "keys": list(one.keys),
        }
        for one in alerts
    ]


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
