"""The rows of the tables of a stream, from what the detector knows. Instants are naive, in UTC."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from transforms.detection.alerts import Alert
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident
from transforms.detection.windows import bot_band

Rows = list[dict[str, Any]]


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
            "visitors": list(one.visitors),
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
