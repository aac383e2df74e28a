"""Sets of calendar days, stored as ranges: which days changed, are rebuilt, or have to be read."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from schemas.table import Table

if TYPE_CHECKING:
    from pyspark.sql import Column

Span = tuple[date, date]
_DAY = timedelta(days=1)
_INSTANT = "%Y-%m-%d %H:%M:%SZ"


@dataclass(frozen=True)
class DayRanges:
    """Days in spans of a first and a last one: sorted, apart from each other."""

    spans: tuple[Span, ...] = ()

    @staticmethod
    def of(*spans: Span) -> "DayRanges":
        """The days of all spans; those that touch are one."""
        joined: list[Span] = []
        for first, last in sorted(spans):
            if joined and first <= joined[-1][1] + _DAY:
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        return DayRanges(tuple(joined))

    def __or__(self, other: "DayRanges") -> "DayRanges":
        return DayRanges.of(*self.spans, *other.spans)

    def __bool__(self) -> bool:
        return bool(self.spans)

    @property
    def first(self) -> date:
        return self.spans[0][0]

    @property
    def last(self) -> date:
        return self.spans[-1][1]

    def widened(self, before: int, after: int) -> "DayRanges":
        """With so many days before and after each span."""
        return DayRanges.of(*((first - before * _DAY, last + after * _DAY) for first, last in self.spans))

    def whole_months(self) -> "DayRanges":
        return DayRanges.of(*((first.replace(day=1), _month_end(last)) for first, last in self.spans))

    def meets(self, other: "DayRanges") -> bool:
        """Whether they have a day in common."""
        return any(
            first <= other_last and other_first <= last
            for first, last in self.spans
            for other_first, other_last in other.spans
        )

    def in_zone(self, zone: str | None, to: str) -> "DayRanges":
        """The days of one zone on which instants of these days of another are."""
        return DayRanges.of(
            *(
                (local(midnight(first, zone), to), local(midnight(last + _DAY, zone) - timedelta.resolution, to))
                for first, last in self.spans
            )
        )

    def on(self, table: Table) -> "Column":
        """Whether a row of the table is on one of the days, of instants in UTC; where rows have no day, whether there are days."""
        from pyspark.sql import functions as F

        zone = "UTC" if table.types.get(table.day) == "timestamp" else None
        return self.hold(table.day, zone) if table.day else F.lit(bool(self))

    def hold(self, column: str, zone: str | None) -> "Column":
        """Whether the instant in the column is on one of the days of the zone; of a column of dates, the zone is None."""
        from pyspark.sql import functions as F

        return F.expr(self.held(column, zone))

    def held(self, column: str, zone: str | None) -> str:
        """The same in SQL."""
        asked = (
            f"{column} BETWEEN DATE'{first}' AND DATE'{last}'"
            if zone is None
            else f"{column} >= TIMESTAMP'{midnight(first, zone):{_INSTANT}}' AND {column} < TIMESTAMP'{midnight(last + _DAY, zone):{_INSTANT}}'"
            for first, last in self.spans
        )
        return " OR ".join(f"({one})" for one in asked) if self else "false"


def rewritten(table: Table, days: Iterable[date]) -> DayRanges:
    """The days that are written anew where rows of some days are: whole partitions."""
    asked = DayRanges.of(*((day, day) for day in days))
    return asked.whole_months() if table.partition.startswith("months(") else asked


def local(instant: datetime, zone: str) -> date:
    """The day on which the instant falls in the zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str | None) -> datetime:
    """The instant at which the day begins in the zone; without one, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone) if zone else UTC).astimezone(UTC)


def between(instants: Iterable[datetime], zone: str) -> DayRanges:
    """The days from the first instant to the last, which is no longer part of them."""
    known = sorted(instants)
    return (
        DayRanges.of((local(known[0], zone), local(known[-1] - timedelta.resolution, zone)))
        if known[0] < known[-1]
        else DayRanges()
    )


def spanned(partitions: Iterable[str]) -> DayRanges:
    """The days of partitions, as Iceberg names them: event_time_day=2019-10-01, or day_month=2019-10."""
    named = [partition.partition("=")[2] for partition in partitions]
    days = [date.fromisoformat(text) for text in named if text.count("-") == 2]
    months = [date.fromisoformat(f"{text}-01") for text in named if text.count("-") == 1]
    return DayRanges.of(*((day, day) for day in days), *((first, _month_end(first)) for first in months))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
