"""Incidents and blocks from single events, by their definitions: every window end, one after the other."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import mean, median, pstdev
from typing import Any

from tests.detection import NOON, Event
from transforms.detection.rules import Key, Rule, RuleSet

_LATENESS_S = 120


def expected_incidents(events: Sequence[Event], rules: RuleSet) -> list[dict[str, Any]]:
    found = []
    for rule in rules.rules:
        for key in sorted({Key(kind, str(event[kind])) for kind in rule.keys for event in events}):
            own = [event for event in events if str(event[key.kind]) == key.value]
            current: dict[str, Any] | None = None
            for end in range(NOON, NOON + 2000, rule.slide_s):
                inside = _inside(own, rule, end)
                if not inside or not _breaches(rule, inside):
                    continue
                reasons = {
                    other.id: _value(other, _inside(own, other, end))
                    for other in rules.rules
                    if key.kind in other.keys
                    and _value(other, _inside(own, other, end))
                    and _holds(other, _inside(own, other, end))
                }
                score = _score(rules, reasons)
                if current is None or end - current["last_window_end"] > rule.ttl_s:
                    first = next(last for last in range(len(inside) + 1) if _value(rule, inside[:last]) >= rule.limit)
                    seen = _pane_end(inside[first - 1])
                    is_final = not (rule.absent or rule.max_median_gap_s or rule.max_gap_variation)
                    current = {
                        "rule": rule.id,
                        "key": key,
                        "action": rule.action,
                        "first_seen": seen,
                        "raised_at": seen if is_final else end + _LATENESS_S,
                        "max_value": 0,
                        "bot_score": 100,
                        "visitors": (),
                    }
                    found.append(current)
                current |= {"last_seen": _pane_end(inside[-1]), "last_window_end": end}
                if key.kind == "ip":
                    visitors = {event["user_id"] for event in inside} | set(current["visitors"])
                    current["visitors"] = tuple(sorted(visitors)[:20])
                current["max_value"] = max(current["max_value"], _value(rule, inside))
                if score < current["bot_score"]:
                    current |= {"bot_score": score, "reasons": reasons}
    return sorted(found, key=lambda one: (one["raised_at"], one["rule"], one["key"]))


def expected_blocks(
    incidents: Sequence[dict[str, Any]], events: Sequence[Event], rules: RuleSet
) -> tuple[list[dict[str, Any]], int | None]:
    blocks, offences, last_seen = [], Counter[Any](), dict[Any, int]()
    guard, tripped_at = rules.mass_block_guard, None
    for incident in (one for one in incidents if one["action"] == "block"):
        rule, place = rules.rule(incident["rule"]), (incident["rule"], incident["key"])
        if incident["first_seen"] > last_seen.get(place, 0) + 4 * rule.ttl_s:
            offences[place] = 0
        offences[place] += 1
        last_seen[place] = incident["last_seen"]
        since, until = incident["raised_at"] - guard.window_s, incident["raised_at"]
        recent = {one["key"] for one in blocks if one["raised_at"] > since} | {incident["key"]}
        active = {
            (kind, str(event[kind]))
            for kind in ("user_id", "ip")
            for event in events
            if since <= event["time"] // 10 * 10 < until
        }
        is_share = len(recent) >= guard.min_blocks and len(recent) > guard.max_share * len(active)
        if tripped_at is None and (len(recent) > guard.max_blocks or is_share):
            tripped_at = until
        blocks.append(
            {
                **{name: incident[name] for name in ("rule", "key", "action", "first_seen", "last_seen", "raised_at")},
                "max_rate": incident["max_value"] / rule.window_s,
                "expires_at": incident["last_seen"] + min(604_800, rule.ttl_s * 2 ** (offences[place] - 1)),
                "offences": offences[place],
                "mode": rules.mode,
                "is_lifted": False,
            }
        )
    for block in blocks:
        if tripped_at is not None and block["raised_at"] >= tripped_at:
            block["mode"] = "observe"
    return blocks, tripped_at


def _inside(own: Sequence[Event], rule: Rule, end: int) -> list[Event]:
    return [event for event in own if end - rule.window_s <= event["time"] < end]


def _pane_end(event: Event) -> int:
    return int(event["time"] // 10) * 10 + 10


def _value(rule: Rule, inside: Sequence[Event]) -> int:
    if rule.min_distinct:
        return len({event["product_id"] for event in inside})
    if rule.max_gap_variation:
        return max(0, len(inside) - 1)
    return sum(event["event_type"] in rule.where for event in inside)


def _holds(rule: Rule, inside: Sequence[Event]) -> bool:
    gaps = [(b["time"] * 10 - a["time"] * 10) / 10 for a, b in pairwise(inside)]
    if (rule.max_median_gap_s or rule.max_gap_variation) and not gaps:
        return False
    return (
        not any(event["event_type"] in rule.absent for event in inside)
        and (rule.max_median_gap_s is None or median(gaps) < rule.max_median_gap_s)
        and (rule.max_gap_variation is None or (mean(gaps) > 0 and pstdev(gaps) / mean(gaps) < rule.max_gap_variation))
    )


def _breaches(rule: Rule, inside: Sequence[Event]) -> bool:
    return _value(rule, inside) >= rule.limit and _holds(rule, inside)


def _score(rules: RuleSet, reasons: dict[str, int]) -> int:
    human = 1.0
    for name, value in reasons.items():
        human *= 1 - rules.rule(name).weight * min(1, value / rules.rule(name).limit)
    return 99 - round(98 * (1 - human))
