"""The gaps between the events of a key."""

from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from transforms.detection.panes import MICROSECONDS, Panes, cumulative

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from transforms.detection.panes import IntArray


@dataclass(frozen=True)
class Gaps:
    """The seconds between events of a key that follow each other.

    After the last time that a pane has kept, the next is not known.
    """

    panes: Panes

    def have_median_below(self, limit: float, first: "IntArray", stop: "IntArray") -> "NDArray[np.bool_]":
        """Whether there are gaps in the rows [first, stop), and their median is below the limit."""
        first, stop = self._bounds(first, stop)
        known, below = cumulative(self._is_known), cumulative(self._is_known & (self._seconds < limit))
        # How many more are below the limit than not: with as many, the median is between the two in the middle.
        excess = 2 * (below[stop] - below[first]) - (known[stop] - known[first])
        found: NDArray[np.bool_] = excess > 0
        for place in np.flatnonzero((excess == 0) & (known[stop] > known[first])):
            inside = slice(first[place], stop[place])
            found[place] = median(self._seconds[inside][self._is_known[inside]].tolist()) < limit
        return found

    def have_variation_below(self, limit: float, first: "IntArray", stop: "IntArray") -> "NDArray[np.bool_]":
        """Whether events in the rows [first, stop) are apart, and the coefficient of variation is below the limit."""
        first, stop = self._bounds(first, stop)
        known, seconds = cumulative(self._is_known), np.where(self._is_known, self._seconds, 0.0)
        number, total = known[stop] - known[first], _sums(seconds, first, stop)
        deviation = np.sqrt(np.maximum(0.0, number * _sums(seconds**2, first, stop) - total**2))
        found: NDArray[np.bool_] = deviation < limit * total
        return found

    def _bounds(self, first: "IntArray", stop: "IntArray") -> tuple["IntArray", "IntArray"]:
        """The first gap inside these rows, and the one after the last."""
        begins = self.panes.times.begins
        return begins[first], np.maximum(begins[first], begins[stop] - 1)

    @cached_property
    def _seconds(self) -> "NDArray[np.float64]":
        return np.diff(self.panes.times.values) / MICROSECONDS

    @cached_property
    def _is_known(self) -> "NDArray[np.bool_]":
        kept = np.diff(self.panes.times.begins)
        rows, is_complete = np.repeat(np.arange(len(kept)), kept), kept == self.panes.events
        earlier, later = rows[:-1], rows[1:]
        is_next = (later == earlier + 1) & (self.panes.numbers[later] == self.panes.numbers[earlier])
        is_known: NDArray[np.bool_] = (later == earlier) | (is_next & is_complete[earlier])
        return is_known


def _sums(values: "NDArray[np.float64]", first: "IntArray", stop: "IntArray") -> "NDArray[np.float64]":
    """The sum of the values [first, stop): of those alone, so that it does not depend on the others."""
    bounds = np.stack((first, stop), axis=1).ravel()
    sums = np.add.reduceat(np.append(values, 0.0), bounds)[::2] if len(bounds) else np.zeros(0)
    return np.where(first < stop, sums, 0.0)
