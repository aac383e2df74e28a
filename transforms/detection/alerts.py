"""Alerts about incidents: one for many of a rule, so that an operator is not flooded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schemas.realtime.vocabulary import BLOCK_ACTIONS
from transforms.detection.incidents import Incident, order
from transforms.detection.rules import RuleSet

# Actions of which an alert is sent.
_ALERTING = (*BLOCK_ACTIONS, "alert")
# Incidents of a rule in one minute are one alert; an incident that goes on is alerted again after so long.
GROUP_S, REPEAT_S = 60, 4 * 3600
MAX_KEYS = 20
GUARD = "mass_block_guard"


@dataclass(frozen=True)
class Alert:
    """Incidents of a rule that came into a state in the minute that ends at `alerted_at`, in seconds since 1970."""

    alerted_at: int
    rule: str
    state: str
    incidents: int
    keys: tuple[str, ...]


def alerts(
    incidents: Sequence[Incident], rules: RuleSet, *, until: int, since: int = 0, tripped_at: int | None = None
) -> list[Alert]:
    """The alerts of minutes that end after `since`, up to `until`.

    `tripped_at` is when mass_block_guard tripped; that is an alert of its own.
    """
    groups = dict[tuple[int, str, str], list[Incident]]()
    for incident in (one for one in incidents if one.action in _ALERTING):
        for at, state in _states(incident, rules):
            groups.setdefault((at // GROUP_S * GROUP_S + GROUP_S, incident.rule, state), []).append(incident)
    if tripped_at is not None:
        blocked = [one for one in incidents if one.action in BLOCK_ACTIONS and one.raised_at <= tripped_at]
        groups[tripped_at // GROUP_S * GROUP_S + GROUP_S, GUARD, "raised"] = blocked
    return [_alert(place, group) for place, group in sorted(groups.items()) if since < place[0] <= until]


def _states(incident: Incident, rules: RuleSet) -> Iterator[tuple[int, str]]:
    """The instants at which an incident comes into a state."""
    yield incident.raised_at, "raised"
    yield from ((at, "repeated") for at in range(incident.raised_at + REPEAT_S, incident.last_seen, REPEAT_S))
    yield incident.last_window_end + rules.rule(incident.rule).ttl_s, "resolved"


def _alert(place: tuple[int, str, str], group: Iterable[Incident]) -> Alert:
    ordered = sorted(group, key=order)
    names = dict.fromkeys(f"{one.key.kind} {one.key.value}" for one in ordered)
    return Alert(*place, len(ordered), tuple(names)[:MAX_KEYS])
