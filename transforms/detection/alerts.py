"""Alerts about incidents: one for many of a rule, so that an operator is not flooded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from schemas.realtime.vocabulary import BLOCK_ACTIONS, GUARD
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident, by_actor, order
from transforms.detection.rules import RuleSet

# Actions of which an alert is sent.
_ALERTING = (*BLOCK_ACTIONS, "alert")
# Incidents of a rule in one minute are one alert; an incident that goes on is alerted again after so long.
GROUP_S, REPEAT_S = 60, 4 * 3600
MAX_KEYS = 20


@dataclass(frozen=True)
class Message:
    """An incident comes into a state (raised, repeated or resolved) at an instant, in seconds since 1970."""

    at: int
    state: str
    incident: Incident

    @property
    def place(self) -> tuple[str, str, str, str, int]:
        """What makes a message one of its kind."""
        return self.incident.rule, *self.incident.key, self.state, self.at

    @property
    def same_since(self) -> int:
        """A message of this rule, key and state at this instant or later is the same one.

        Events out of order, and rules that change, may move a message of an incident.
        """
        one = self.incident
        since = {"raised": one.raised_at, "resolved": max(one.raised_at, one.last_window_end)}
        return since.get(self.state, self.at)


@dataclass(frozen=True)
class Alert:
    """Incidents of a rule that came into a state in the minute that ends at `alerted_at`, in seconds since 1970."""

    alerted_at: int
    rule: str
    state: str
    severity: str
    incidents: int
    keys: tuple[str, ...]


def messages(incidents: Iterable[Incident], rules: RuleSet) -> list[Message]:
    """All messages about incidents of rules that block or alert, by instant.

    An incident is raised once, repeated after each REPEAT_S, and resolved when it has ended. A key is not alerted again
    within `cooldown_s`, nor while a silence covers it: then its incident is raised later, if it still goes on.
    """
    alerting = [one for one in incidents if one.action in _ALERTING]
    found = [message for _, of_actor in by_actor(alerting) for message in _messages_of_actor(of_actor, rules)]
    return sorted(found, key=lambda one: (one.at, one.state, order(one.incident)))


def _messages_of_actor(of_actor: Sequence[Incident], rules: RuleSet) -> Iterator[Message]:
    rule, free_at = rules.rule(of_actor[0].rule), 0
    for incident in _joined(of_actor, rule.ttl_s):
        raised_at = _first_audible(max(incident.raised_at, free_at), incident, rules)
        if raised_at > max(incident.raised_at, incident.last_seen):
            continue  # it was over before it could be raised
        yield Message(raised_at, "raised", incident)
        repeats = range(raised_at + REPEAT_S, incident.last_seen, REPEAT_S)
        ended_at = max(raised_at, incident.last_window_end + rule.ttl_s)
        later = [*((at, "repeated") for at in repeats), (ended_at, "resolved")]
        audible = [(at, state) for at, state in later if not _is_silent(incident, at, rules)]
        yield from (Message(at, state, incident) for at, state in audible)
        free_at = max([raised_at, *repeats]) + rule.cooldown_s


def _joined(of_actor: Sequence[Incident], ttl_s: int) -> list[Incident]:
    """The incidents of a key, one where only the action has changed, while the attack goes on."""
    joined = [*of_actor[:1]]
    for before, incident in pairwise(of_actor):
        if incident.action != before.action and incident.first_seen <= before.last_window_end + ttl_s:
            joined[-1] = replace(joined[-1], last_seen=incident.last_seen, last_window_end=incident.last_window_end)
        else:
            joined.append(incident)
    return joined


def alerts(incidents: Iterable[Incident], rules: RuleSet, *, until: int, since: int = 0) -> list[Alert]:
    """The alerts of minutes that end after `since`, up to `until`: messages of the same rule and state are one."""
    groups = dict[tuple[int, str, str], list[Incident]]()
    for one in messages(incidents, rules):
        groups.setdefault((_minute(one.at), one.incident.rule, one.state), []).append(one.incident)
    return [
        _alert(place, rules.rule(place[1]).severity, group)
        for place, group in sorted(groups.items())
        if since < place[0] <= until
    ]


def guard_alerts(blocks: Iterable[Block], tripped_at: int | None, *, until: int, since: int = 0) -> list[Alert]:
    """The alert that mass_block_guard tripped at an instant, if its minute ends after `since`, up to `until`.

    It is about the blocks until then: they stay when the rules no longer block. Where no block is left, such as those
    of forgotten persons, there is none.
    """
    if tripped_at is None or not since < _minute(tripped_at) <= until:
        return []
    tripping = [one for one in blocks if one.raised_at <= tripped_at]
    return [_alert((_minute(tripped_at), GUARD, "raised"), "critical", tripping)] if tripping else []


def _first_audible(at: int, incident: Incident, rules: RuleSet) -> int:
    """The first instant from `at` on at which no silence covers the incident."""
    for silence in sorted(rules.silences, key=lambda one: one.expires):
        if silence.covers(incident.rule, incident.key, at):
            at = silence.expires
    return at


def _is_silent(incident: Incident, at: int, rules: RuleSet) -> bool:
    return any(silence.covers(incident.rule, incident.key, at) for silence in rules.silences)


def _minute(at: int) -> int:
    """The end of the minute of an instant."""
    return at // GROUP_S * GROUP_S + GROUP_S


def _alert(place: tuple[int, str, str], severity: str, group: Iterable[Incident | Block]) -> Alert:
    ordered = sorted(group, key=lambda one: (one.raised_at, one.rule, one.key))
    names = dict.fromkeys(f"{one.key.kind} {one.key.value}" for one in ordered)
    return Alert(*place, severity, len(ordered), tuple(names)[:MAX_KEYS])
