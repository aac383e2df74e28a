"""The value of a rule in windows, and whether its conditions hold there, for many keys at once.

Windows are arrays: in an attack by many addresses, each of them is near a limit in every batch.
"""

from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from transforms.detection.gaps import Gaps
from transforms.detection.listing import Listing
from transforms.detection.panes import INSTANT_BITS, Kept, Panes, cumulative, places
from transforms.detection.rules import PANE_S, Rule
from transforms.detection.traffic import Traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from transforms.detection.panes import IntArray


class Windows(NamedTuple):
    """Windows of keys: the number of the key, the end, and the panes that the value depends on, rows [start, stop)."""

    numbers: "IntArray"
    ends: "IntArray"
    start: "IntArray"
    stop: "IntArray"

    def where(self, is_chosen: "NDArray[np.bool_]") -> "Windows":
        return Windows(*(column[is_chosen] for column in self))


@dataclass(frozen=True)
class WindowValues:
    """The windows of the keys in `panes`, which are all that are `kept` of their kind."""

    panes: Panes
    traffic: Traffic = field(default_factory=Traffic)
    kept: Kept = field(default_factory=Kept)
    _counted: dict[tuple[str, ...], "IntArray"] = field(default_factory=dict)

    def windows(self, rule: Rule, after: int = 0, least: int = 0) -> Windows:
        """All windows that contain a pane and end later than `after`, of the keys that have so many events."""
        panes, slide_s = self.panes, rule.slide_s
        # Of the panes between two ends, the last one is in all windows in which the others are.
        is_last = np.diff(places(panes.numbers, panes.starts // slide_s), append=-1) != 0
        events = np.bincount(panes.numbers, np.diff(self._events_before(rule)), len(panes.keys))
        chosen = is_last & (events >= least)[panes.numbers]
        numbers, starts = panes.numbers[chosen, None], panes.starts[chosen, None]
        ends = (starts // slide_s + 1 + np.arange(rule.span_s // slide_s + 1)) * slide_s
        found = np.unique(places(numbers, ends)[(ends <= starts + rule.span_s) & (ends > after)])
        return self.with_ends(rule, found >> INSTANT_BITS, found & ((1 << INSTANT_BITS) - 1))

    def with_ends(self, rule: Rule, numbers: "IntArray", ends: "IntArray") -> Windows:
        """The windows of these keys with these ends."""
        since = ends - (_elapsed_s(rule, ends) if rule.is_estimated else 0) - rule.window_s
        return Windows(numbers, ends, self.panes.rows(numbers, since), self.panes.rows(numbers, ends))

    def values(self, rule: Rule, windows: Windows) -> "IntArray":
        """What `value_limit` of the rule applies to."""
        if rule.min_distinct:
            rows = zip(windows.start.tolist(), windows.stop.tolist(), strict=True)
            return np.array([len(set(self.panes.products.of_rows(*inside))) for inside in rows], np.int64)
        before = self._events_before(rule)
        events = before[windows.stop] - before[windows.start]
        if rule.is_estimated:
            elapsed_s = _elapsed_s(rule, windows.ends)
            current = np.minimum(self.panes.rows(windows.numbers, windows.ends - elapsed_s), windows.stop)
            previous = before[current] - before[windows.start]
            found: IntArray = estimated(previous, events - previous, elapsed_s, rule.window_s).astype(np.int64)
            return found
        return np.maximum(0, events - 1) if rule.max_gap_variation is not None else events

    def are_reached(self, rule: Rule, windows: Windows) -> "NDArray[np.bool_]":
        """Whether the value reaches its limit, in a window with at least `limit` events."""
        before = self._events_before(rule)
        reached: NDArray[np.bool_] = before[windows.stop] - before[windows.start] >= rule.limit
        reached[reached] = self.values(rule, windows.where(reached)) >= rule.value_limit
        return reached

    def reached_at(self, rule: Rule, windows: Windows) -> "IntArray":
        """The end of the pane in which the value reaches the limit, of windows in which it does."""
        below, reached = windows.start, windows.stop  # so many panes are not enough, and so many are
        while (below + 1 < reached).any():
            middle = (below + reached + 1) // 2
            is_enough = self.are_reached(rule, windows._replace(stop=middle))
            below, reached = np.where(is_enough, below, middle), np.where(is_enough, middle, reached)
        return self.panes.starts[reached - 1] + PANE_S

    def hold(self, rule: Rule, windows: Windows) -> "NDArray[np.bool_]":
        """Whether every condition of the rule but its limit holds, and no event that would undo it may be missing."""
        first, stop = windows.start, windows.stop
        held: NDArray[np.bool_] = windows.ends - rule.window_s >= self.kept.since(rule)
        for name in rule.absent:
            before = cumulative(self.panes.counts[name])
            held &= before[stop] == before[first]
        if rule.deny:
            held &= self._are_denied(rule, windows)
        if rule.max_median_gap_s is not None:
            held &= self._gaps.have_median_below(rule.max_median_gap_s, first, stop)
        if rule.max_gap_variation is not None:
            held &= self._gaps.have_variation_below(rule.max_gap_variation, first, stop)
        if rule.min_share_ratio is not None:
            held &= self._have_share_above(rule.min_share_ratio, rule, windows)
        return held

    def _events_before(self, rule: Rule) -> "IntArray":
        """How many events of the types that the rule counts are before each row."""
        if rule.where not in self._counted:
            self._counted[rule.where] = cumulative(reduce(add, (self.panes.counts[name] for name in rule.where)))
        return self._counted[rule.where]

    @cached_property
    def _gaps(self) -> Gaps:
        return Gaps(self.panes)

    def _are_denied(self, rule: Rule, windows: Windows) -> "NDArray[np.bool_]":
        """Whether the key is on the deny list when its last event comes."""
        listing, last_at = Listing(rule.deny), self.panes.starts[windows.stop - 1] + PANE_S
        entries = {number: listing.entries(self.panes.keys[number]) for number in set(windows.numbers.tolist())}
        seen = zip(windows.numbers.tolist(), last_at.tolist(), strict=True)
        denied = np.array([any(one.is_in_force(at) for one in entries[number]) for number, at in seen], bool)
        return denied & (windows.start < windows.stop)

    def _have_share_above(self, ratio: float, rule: Rule, windows: Windows) -> "NDArray[np.bool_]":
        """Whether the share of the key in all events is above so many times its usual share."""
        found = list[bool]()
        values = self.values(rule, windows).tolist()
        for number, end, value in zip(windows.numbers.tolist(), windows.ends.tolist(), values, strict=True):
            total = self.traffic.events(end - rule.window_s, end)
            usual = self.traffic.usual_share(self.panes.keys[number], end)
            found.append(bool(total) and usual is not None and value / total > ratio * usual)
        return np.array(found, bool)


def estimated(previous: Any, current: Any, elapsed_s: Any, window_s: int) -> Any:
    """The events in the window that ends now, estimated from those in the fixed window before and in the current one.

    `elapsed_s` is how long the current one has lasted. Events of the one before count as if they had come evenly.
    Numbers or arrays.
    """
    return previous * (1 - elapsed_s / window_s) + current


def _elapsed_s(rule: Rule, ends: "IntArray") -> "IntArray":
    """How long the fixed window in which a window ends has lasted."""
    return (ends - 1) % rule.window_s + 1
