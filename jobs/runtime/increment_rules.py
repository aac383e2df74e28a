"""Declare which rows of a table a change of its inputs affects. `jobs/runtime/incremental` interprets the rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FullRebuild:
    """Any change affects every row."""


@dataclass(frozen=True)
class DayByDay:
    """A changed day of the inputs affects the days around it, up to `ahead` days later.

    It reaches back `back` days, plus the values of the job's options named in `days` and, as whole days, in `hours`.
    With `is_monthly` a row covers the month that begins on its day.
    """

    back: int = 0
    ahead: int = 0
    days: Sequence[str] = ()
    hours: Sequence[str] = ()
    is_monthly: bool = False


@dataclass(frozen=True)
class ByPeriod:
    """A row covers a period, and a changed day affects the rows whose period contains it.

    The column `grain` tells the period: one of `calendar`, a week or month that begins on the day of the row, or a key
    of `trailing`, which maps to the number of days that end on it.
    """

    trailing: Mapping[str, int]
    calendar: Sequence[str] = ()

    @property
    def grains(self) -> list[str]:
        return [*self.trailing, *self.calendar]


@dataclass(frozen=True)
class TrailingWindow:
    """The table covers the last `period_days` whole days before as_of. It is rebuilt when one of them changed."""


@dataclass(frozen=True)
class FromFirstChange:
    """Rows that ended before the first changed day stay as published.

    `oldest_start` returns the earliest start of the other rows: a frame of one row with one instant.
    """

    oldest_start: Callable[..., Any] | None = None


@dataclass(frozen=True)
class FirstOccurrence:
    """One row for the first event of each key.

    `moved` returns the published first days of keys whose first event is now earlier, or is gone. `time` is the column
    of the event time in the input, `first_time` that of the first event in the table.
    """

    moved: Callable[..., Any]
    time: str
    first_time: str


@dataclass(frozen=True)
class Cached:
    """The published rows hold results that are costly to compute: `build` keeps them, also in a full rebuild.

    `budget` is the option that limits the new results of a run. It is 0 in a dry run and after an erasure. Rows on
    which `unfinished` is true, an SQL condition, are completed by the next run, even if nothing changed.
    """

    budget: str
    unfinished: str


Increment = Cached | FullRebuild | DayByDay | ByPeriod | TrailingWindow | FromFirstChange | FirstOccurrence
