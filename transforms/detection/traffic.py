"""All events together, against which the share of a category is measured."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from transforms.detection.panes import EVERYTHING
from transforms.detection.rules import BASELINE_DAYS, BASELINE_HOURS, DAY_S, HOUR_S, PANE_S, Key


@dataclass(frozen=True)
class Traffic:
    """The number of all events by the start of their pane, and by day.

    `daily` is the number of events by day (days since 1970) and category; that of all events of the day, also of those
    without a category, has the key EVERYTHING. `hours` are those with events of a category (hours since 1970).
    """

    by_start: Mapping[int, int] = field(default_factory=dict)
    daily: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    hours: Collection[int] = ()
    # Results by their arguments: many categories have the same windows.
    _events: dict[tuple[int, int], int] = field(default_factory=dict)
    _usual: dict[int, Counter[str] | None] = field(default_factory=dict)

    def events(self, since: int, until: int) -> int:
        if (since, until) not in self._events:
            self._events[since, until] = sum(self.by_start.get(start, 0) for start in range(since, until, PANE_S))
        return self._events[since, until]

    def usual_share(self, key: Key, at: int) -> float | None:
        """The share of the category in all events of the days before, at most BASELINE_DAYS.

        None where these have events of a category in fewer hours than BASELINE_HOURS: on the first day, and where some
        events came before it, such as from a clock that is wrong.
        """
        today = at // DAY_S
        if today not in self._usual:
            self._usual[today] = self._events_before(today)
        usual = self._usual[today]
        return None if usual is None else usual[key.value] / usual[EVERYTHING.value]

    def _events_before(self, today: int) -> Counter[str] | None:
        days = range(today - BASELINE_DAYS, today)
        if sum(hour * HOUR_S // DAY_S in days for hour in self.hours) < BASELINE_HOURS:
            return None
        return reduce(add, (Counter(self.daily.get(day, {})) for day in days), Counter[str]())
