"""Breaches: the windows in which a key reaches the limit of a rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from schemas.realtime.vocabulary import BOT_BANDS
from transforms.detection.panes import Kept, Panes, smallest
from transforms.detection.rules import PANE_S, Key, Rule, RuleSet
from transforms.detection.traffic import Traffic
from transforms.detection.window_values import Windows, WindowValues


@dataclass(frozen=True)
class Breach:
    """A window in which a key breaches a rule. Instants are in seconds since 1970.

    `first_at` is the end of the pane in which the limit was reached, `last_at` that of the last pane with events.
    `bot_score` is 1 for what is certainly automated, up to 99; `reasons` maps each rule that the key reaches at least
    in part to its value. `visitors` are those whose events an address or session had, see MAX_VISITORS.
    """

    rule: str
    key: Key
    window_end: int
    first_at: int
    last_at: int
    value: int
    bot_score: int
    reasons: Mapping[str, int]
    visitors: tuple[int, ...] = ()


def breaches(
    panes: Panes, rules: RuleSet, traffic: Traffic, *, after: int, kept: Mapping[str, Kept]
) -> Iterator[Breach]:
    """The breaches in windows that end later than `after`, by rule, key and end.

    `panes` are all panes in these that are `kept`, by kind of key.
    """
    if not panes.keys:
        return
    kind = panes.keys[0].kind
    of_kind, found = rules.of_kind(kind), WindowValues(panes, traffic, kept[kind])
    for rule in of_kind:
        windows = found.windows(rule, after, least=rule.limit)
        windows = windows.where(found.are_reached(rule, windows))
        windows = windows.where(found.hold(rule, windows))
        yield from _breaches(found, windows, rule, of_kind)


def _breaches(found: WindowValues, windows: Windows, rule: Rule, of_kind: list[Rule]) -> Iterator[Breach]:
    reasons = {one: _held_values(found, one, windows) for one in of_kind}
    last_seen = found.panes.starts[windows.stop - 1] + PANE_S
    described = (found.reached_at(rule, windows), last_seen, found.values(rule, windows), bot_score(reasons))
    columns = zip(*(column.tolist() for column in (*windows, *described)), strict=True)
    names = [one.id for one in reasons]
    reached = zip(*(values.tolist() for values in reasons.values()), strict=True)
    for (number, end, first, stop, first_at, last_at, value, score), of_window in zip(columns, reached, strict=True):
        of_rules = {name: one for name, one in zip(names, of_window, strict=True) if one}
        visitors = smallest([found.panes.visitors.of_rows(first, stop)])
        yield Breach(rule.id, found.panes.keys[number], end, first_at, last_at, value, score, of_rules, visitors)


def _held_values(found: WindowValues, rule: Rule, others: Windows) -> Any:
    """The values of a rule in its windows with the ends of others; 0 where its conditions do not hold."""
    windows = found.with_ends(rule, others.numbers, others.ends)
    values = found.values(rule, windows)
    is_some = values > 0
    values[is_some] *= found.hold(rule, windows.where(is_some))
    return values


def bot_score(reached: Mapping[Rule, Any]) -> Any:
    """From 1, certainly automated, to 99: 99 - round(98 (1 - product of (1 - weight x share of the limit reached))).

    `reached` are the values of rules: numbers, or arrays.
    """
    human = np.float64(1)
    for rule, value in reached.items():
        human = human * (1 - rule.weight * np.minimum(1.0, value / rule.value_limit))
    return (99 - np.rint(98 * (1 - human))).astype(np.int64)


def bot_band(score: int) -> str:
    """What a bot score means, one of BOT_BANDS."""
    automated, likely_automated, likely_human = BOT_BANDS
    return automated if score == 1 else likely_automated if score < 30 else likely_human
