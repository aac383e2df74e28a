"""Sets of calendar days, stored as ranges: the days that changed, are rebuilt, or have to be read."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from jobs.runtime.time_zone_rules import local_date, midnight
from schemas.table import Table

if TYPE_CHECKING:
    from pyspark.sql import Column

Span = tuple[date, date]
_DAY = timedelta(days=1)
_INSTANT = "%Y-%m-%d %H:%M:%SZ"


@dataclass(frozen=True)
class DayRanges:
    """Days as spans of a first and a last day, both inclusive. Spans are sorted and never adjacent or overlapping."""

    spans: tuple[Span, ...] = ()

    @staticmethod
    def of(*spans: Span) -> "DayRanges":
        """The union of the spans; adjacent and overlapping spans are merged."""
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
        """Each span extended by a number of days before and after it."""
        return DayRanges.of(*((first - before * _DAY, last + after * _DAY) for first, last in self.spans))

    def whole_weeks(self) -> "DayRanges":
        return DayRanges.of(
            *((first - first.weekday() * _DAY, last + (6 - last.weekday()) * _DAY) for first, last in self.spans)
        )

    def whole_months(self) -> "DayRanges":
        return DayRanges.of(*((first.replace(day=1), _month_end(last)) for first, last in self.spans))

    def overlaps(self, other: "DayRanges") -> bool:
        """Whether they have a day in common."""
        return any(
            first <= other_last and other_first <= last
            for first, last in self.spans
            for other_first, other_last in other.spans
        )

    def in_zone(self, zone: str | None, to: str) -> "DayRanges":
        """The days of the zone `to` that overlap these days of `zone`; None is UTC."""
        return DayRanges.of(
            *(
                (
                    local_date(midnight(first, zone), to),
                    local_date(midnight(last + _DAY, zone) - timedelta.resolution, to),
                )
                for first, last in self.spans
            )
        )

    def on(self, table: Table) -> "Column":
        """Whether a row of the table is on one of the days; instants by their UTC day.

        In a table without a day column, every row matches if there are any days.
        """
        from pyspark.sql import functions as F

        zone = "UTC" if table.types.get(table.day) == "timestamp" else None
        return self.condition(table.day, zone) if table.day else F.lit(bool(self))

    def condition(self, column: str, zone: str | None) -> "Column":
        """Whether the instant in the column is on one of the days of the zone. A column of dates has the zone None."""
        from pyspark.sql import functions as F

        return F.expr(self.sql_condition(column, zone))

    def sql_condition(self, column: str, zone: str | None) -> str:
        """`condition` as SQL."""
        conditions = (
            f"{column} BETWEEN DATE'{first}' AND DATE'{last}'"
            if zone is None
            else f"{column} >= TIMESTAMP'{midnight(first, zone):{_INSTANT}}'"
            f" AND {column} < TIMESTAMP'{midnight(last + _DAY, zone):{_INSTANT}}'"
            for first, last in self.spans
        )
        return " OR ".join(f"({condition})" for condition in conditions) if self else "false"


def partition_days(table: Table, days: Iterable[date]) -> DayRanges:
    """The days that have to be rewritten to change rows of some days: whole partitions."""
    return whole_partitions(table, DayRanges.of(*((day, day) for day in days)))


def whole_partitions(table: Table, days: DayRanges) -> DayRanges:
    """The days of all partitions of the table that contain one of the days."""
    return days.whole_months() if table.partition.startswith("months(") else days


def union(ranges: Iterable[DayRanges]) -> DayRanges:
    return DayRanges.of(*(span for days in ranges for span in days.spans))


def days_between(instants: Iterable[datetime], zone: str) -> DayRanges:
    """The local days from the earliest instant up to, but excluding, the latest."""
    ordered = sorted(instants)
    return (
        DayRanges.of((local_date(ordered[0], zone), local_date(ordered[-1] - timedelta.resolution, zone)))
        if ordered[0] < ordered[-1]
        else DayRanges()
    )


def from_partitions(partitions: Iterable[str]) -> DayRanges:
    """The days of partitions, as Iceberg names them: event_time_day=2019-10-01, or day_month=2019-10."""
    names = [partition.partition("=")[2] for partition in partitions]
    days = [date.fromisoformat(text) for text in names if text.count("-") == 2]
    months = [date.fromisoformat(f"{text}-01") for text in names if text.count("-") == 1]
    return DayRanges.of(*((day, day) for day in days), *((first, _month_end(first)) for first in months))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
