"""All events together, against which the share of a category is measured."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from transforms.detection.panes import EVERYTHING
from transforms.detection.rules import BASELINE_DAYS, DAY_S, PANE_S, Key


@dataclass(frozen=True)
class Traffic:
    """The number of all events by the start of their pane, and by day.

    `daily` is the number of events by day (days since 1970) and category; that of all events of the day, also of those
    without a category, has the key EVERYTHING.
    """

    by_start: Mapping[int, int] = field(default_factory=dict)
    daily: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    # Results by their arguments: many categories have the same windows.
    _events: dict[tuple[int, int], int] = field(default_factory=dict)
    _usual: dict[int, Counter[str]] = field(default_factory=dict)

    def events(self, since: int, until: int) -> int:
        if (since, until) not in self._events:
            self._events[since, until] = sum(self.by_start.get(start, 0) for start in range(since, until, PANE_S))
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
