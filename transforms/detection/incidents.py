"""Incidents: the breaches of one rule by one key, without a longer break, as one thing to tell and to act on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from transforms.detection.panes import smallest
from transforms.detection.rules import Key, RuleSet
from transforms.detection.windows import Breach


@dataclass(frozen=True)
class Incident:
    """The breaches of one rule by one key, each at most `ttl_s` after the one before. Instants as in Breach.

    `raised_at` is the event time at which the first breach is certain. `action` is that of the rule, or `allowed` while
    the key is on the allow list; where it changes, another incident begins. `bot_score` and `reasons` are those of the
    most suspicious window, `visitors` those of all windows.
    """

    rule: str
    key: Key
    action: str
    first_seen: int
    last_seen: int
    raised_at: int
    last_window_end: int
    max_value: int
    bot_score: int
    reasons: Mapping[str, int]
    visitors: tuple[int, ...] = ()


def add_breaches(found: dict[tuple[str, Key], list[Incident]], breaches: Iterable[Breach], rules: RuleSet) -> None:
    """Add breaches to the incidents of their rule and key, in the order of their windows."""
    for breach in sorted(breaches, key=lambda one: one.window_end):
        of_actor = found.setdefault((breach.rule, breach.key), [])
        updated = with_breach(of_actor[-1] if of_actor else None, breach, rules)
        if of_actor and of_actor[-1].raised_at == updated.raised_at:
            of_actor[-1] = updated
        else:
            of_actor.append(updated)


def order(incident: Incident) -> tuple[int, str, Key]:
    return incident.raised_at, incident.rule, incident.key


def with_breach(incident: Incident | None, breach: Breach, rules: RuleSet) -> Incident:
    """The open incident with another breach, or a new one if it has ended before. Breaches come by window end."""
    rule = rules.rule(breach.rule)
    action = "allowed" if rules.allows(breach.key, rule, breach.last_at) else rule.action
    is_over = incident is None or breach.window_end - incident.last_window_end > rule.ttl_s
    if incident is None or is_over or (action != incident.action and breach.last_at > incident.last_seen):
        # What an incident was before its key came onto the allow list, or left it, is another incident; so is what it
        # was before the action of the rule changed. Either takes effect with the next event of the key.
        first_at = breach.first_at if is_over else breach.last_at
        return Incident(
            rule=rule.id,
            key=breach.key,
            action=action,
            first_seen=first_at,
            last_seen=breach.last_at,
            raised_at=first_at if rule.is_immediate else breach.window_end + rules.lateness_s,
            last_window_end=breach.window_end,
            max_value=breach.value,
            bot_score=breach.bot_score,
            reasons=breach.reasons,
            visitors=breach.visitors,
        )
    is_worse = breach.bot_score < incident.bot_score
    return replace(
        incident,
        last_seen=max(incident.last_seen, breach.last_at),
        last_window_end=max(incident.last_window_end, breach.window_end),
        max_value=max(incident.max_value, breach.value),
        bot_score=breach.bot_score if is_worse else incident.bot_score,
        reasons=breach.reasons if is_worse else incident.reasons,
        visitors=smallest((incident.visitors, breach.visitors)),
    )


def by_actor(found: Iterable[Incident]) -> Iterator[tuple[tuple[str, Key], list[Incident]]]:
    """The incidents of each rule and key, in order."""
    grouped = dict[tuple[str, Key], list[Incident]]()
    for incident in sorted(found, key=order):
        grouped.setdefault((incident.rule, incident.key), []).append(incident)
    yield from grouped.items()
