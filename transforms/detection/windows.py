"""Breaches: the windows in which a key reaches the limit of a rule."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from operator import add
from statistics import fmean, median, pstdev

from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import BOT_BANDS
from transforms.detection.panes import EVERYTHING, MICROSECONDS, Pane, joined, smallest
from transforms.detection.rules import BASELINE_DAYS, DAY_S, Key, Rule, RuleSet


@dataclass(frozen=True)
class Traffic:
    """All events together, against which the share of a category is measured.

    `panes` are those of all events, by start. `daily` is the number of events by day (days since 1970) and category;
    that of all events of the day, also of those without a category, has the key EVERYTHING.
    """

    panes: Sequence[Pane] = ()
    daily: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    # Results by their arguments: many categories have the same windows.
    _events: dict[tuple[int, int], int] = field(default_factory=dict)
    _usual: dict[int, Counter[str]] = field(default_factory=dict)

    def events(self, since: int, until: int) -> int:
        if (since, until) not in self._events:
            self._events[since, until] = sum(pane.events for pane in between(self.panes, since, until))
        return self._events[since, until]

    def usual_share(self, key: Key, at: int) -> float | None:
        """The share of the category in all events of the days before, at most BASELINE_DAYS; None on the first day.

        The first day is that of the first event with a category.
        """
        today = at // DAY_S
        if today not in self._usual:
            days = (self.daily.get(day, {}) for day in range(today - BASELINE_DAYS, today))
            self._usual[today] = reduce(add, map(Counter, days), Counter[str]())
        usual = self._usual[today]
        return usual[key.value] / usual[EVERYTHING.value] if len(usual) > 1 else None


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


def between(panes: Sequence[Pane], since: int, until: int) -> Sequence[Pane]:
    """The panes that start in [since, until), of panes ordered by start."""
    first, last = (bisect_left(panes, at, key=lambda pane: pane.start) for at in (since, until))
    return panes[first:last]


def window_ends(rule: Rule, panes: Sequence[Pane], after: int) -> list[int]:
    """The ends later than `after` of all windows that contain a pane."""
    ends = set[int]()
    for start in {pane.start for pane in panes}:
        first = max(start, after) // rule.slide_s * rule.slide_s + rule.slide_s
        ends.update(range(first, start + rule.span_s + 1, rule.slide_s))
    return sorted(ends)


def estimated(previous: int, current: int, elapsed_s: int, window_s: int) -> float:
    """The events in the window that ends now, estimated from those in the fixed window before and in the current one.

    `elapsed_s` is how long the current one has lasted. Events of the one before count as if they had come evenly.
    """
    return previous * (1 - elapsed_s / window_s) + current


def value(rule: Rule, inside: Sequence[Pane], end: int) -> int:
    """What `value_limit` of the rule applies to, in the panes of the window that ends at `end`."""
    if rule.is_estimated:
        elapsed_s = (end - 1) % rule.window_s + 1
        counts = [_counted(rule, part) for part in (between(inside, 0, end - elapsed_s), inside)]
        return int(estimated(counts[0], counts[1] - counts[0], elapsed_s, rule.window_s))
    if rule.min_distinct:
        return len({product for pane in inside for product in pane.products})
    if rule.max_gap_variation is not None:
        return max(0, sum(pane.events for pane in inside) - 1)
    return _counted(rule, inside)


def is_reached(rule: Rule, inside: Sequence[Pane], end: int) -> bool:
    """Whether the value reaches its limit, and where it is a number of products, whether there are enough events."""
    has_events = not rule.min_distinct or _counted(rule, inside) >= rule.limit
    return has_events and value(rule, inside, end) >= rule.value_limit


def _counted(rule: Rule, inside: Sequence[Pane]) -> int:
    places = [place for place, name in enumerate(EVENT_TYPES) if name in rule.where]
    return sum(pane.counts[place] for pane in inside for place in places)


def panes_of(rule: Rule, ordered: Sequence[Pane], end: int) -> Sequence[Pane]:
    """The panes that the value of the window depends on."""
    if not rule.is_estimated:
        return between(ordered, end - rule.window_s, end)
    return between(ordered, (end - 1) // rule.window_s * rule.window_s - rule.window_s, end)


def holds(rule: Rule, key: Key, inside: Sequence[Pane], end: int, traffic: Traffic) -> bool:
    """Whether every condition of the rule but its limit holds in a window."""
    unwanted = [place for place, name in enumerate(EVENT_TYPES) if name in rule.absent]
    if any(pane.counts[place] for pane in inside for place in unwanted):
        return False
    if rule.deny and not (inside and any(listed.covers(key, inside[-1].end) for listed in rule.deny)):
        return False
    if rule.has_gaps and not _have_gaps(rule, inside):
        return False
    if rule.min_share_ratio is None:
        return True
    total, usual = traffic.events(end - rule.window_s, end), traffic.usual_share(key, end)
    return bool(total) and usual is not None and value(rule, inside, end) / total > rule.min_share_ratio * usual


def _have_gaps(rule: Rule, inside: Sequence[Pane]) -> bool:
    gaps = [(later - earlier) / MICROSECONDS for earlier, later in _neighbours(inside)]
    if not gaps:
        return False
    if rule.max_median_gap_s is not None and median(gaps) >= rule.max_median_gap_s:
        return False
    mean = fmean(gaps)
    return rule.max_gap_variation is None or (mean > 0 and pstdev(gaps) / mean < rule.max_gap_variation)


def _neighbours(inside: Sequence[Pane]) -> Iterator[tuple[int, int]]:
    """The times of events that follow each other. After the last time that a pane has kept, the next is not known."""
    last = None
    for pane in inside:
        yield from pairwise(pane.times if last is None else (last, *pane.times))
        last = pane.times[-1] if len(pane.times) == pane.events else None


def breaches(key: Key, panes: Sequence[Pane], rules: RuleSet, traffic: Traffic, *, after: int = 0) -> Iterator[Breach]:
    """The breaches of one key in windows that end later than `after`. `panes` are all its panes in these windows."""
    ordered = joined(panes, rules.most_products(key.kind))
    for rule in rules.of_kind(key.kind):
        # No window can have more than all panes together.
        if not (_counted(rule, ordered) >= rule.limit if rule.is_estimated else is_reached(rule, ordered, 0)):
            continue
        for end in window_ends(rule, ordered, after):
            inside = panes_of(rule, ordered, end)
            if is_reached(rule, inside, end) and holds(rule, key, inside, end, traffic):
                reasons = _reasons(rules, key, ordered, end, traffic)
                score = bot_score(rules, reasons)
                first_at, visitors = _reached_at(rule, inside, end), smallest(pane.visitors for pane in inside)
                reached = value(rule, inside, end)
                yield Breach(rule.id, key, end, first_at, inside[-1].end, reached, score, reasons, visitors)


def _reached_at(rule: Rule, inside: Sequence[Pane], end: int) -> int:
    """The end of the pane in which the value reached the limit."""
    return next(inside[last].end for last in range(len(inside)) if is_reached(rule, inside[: last + 1], end))


def _reasons(rules: RuleSet, key: Key, ordered: Sequence[Pane], end: int, traffic: Traffic) -> dict[str, int]:
    """The values of all rules of this kind of key whose conditions hold in the windows with this end."""
    windows = {rule: panes_of(rule, ordered, end) for rule in rules.of_kind(key.kind)}
    values = {
        rule: value(rule, inside, end) for rule, inside in windows.items() if holds(rule, key, inside, end, traffic)
    }
    return {rule.id: reached for rule, reached in values.items() if reached}


def bot_score(rules: RuleSet, reasons: Mapping[str, int]) -> int:
    """From 1, certainly automated, to 99: 99 - round(98 (1 - product of (1 - weight x share of the limit reached)))."""
    human = 1.0
    for rule_id, reached in reasons.items():
        rule = rules.rule(rule_id)
        human *= 1 - rule.weight * min(1.0, reached / rule.value_limit)
    return 99 - round(98 * (1 - human))


def bot_band(score: int) -> str:
    """What a bot score means, one of BOT_BANDS."""
    automated, likely_automated, likely_human = BOT_BANDS
    return automated if score == 1 else likely_automated if score < 30 else likely_human
