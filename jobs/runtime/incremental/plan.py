"""Which days of a mart's inputs have changed since its last snapshot, and what a plan to rebuild it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import DayRanges, between, spanned
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake import Lake
from schemas.table import Table

# Days that no event is before or after.
EVER = (date(1900, 1, 1), date(9000, 12, 31))
_MOVING = ("as_of", "first_day", "last_day")


@dataclass(frozen=True)
class RebuildPlan:
    """`rows` are made anew and `reads` is read for that, both by days; None is all. `since` is the first day that changed."""

    rows: DayRanges | None = None
    reads: DayRanges | None = None
    since: date | None = None


@dataclass(frozen=True)
class Change:
    """What happened since a table was made: the days on which its inputs are others, in its zone, and its options, before and now.

    `days` is None where all may have changed. `frames` are the inputs, whole.
    """

    days: DayRanges | None
    options: Mapping[str, Any]
    before: Mapping[str, Any]
    published: DataFrame
    frames: Mapping[str, DataFrame]


def requested_days(values: Mapping[str, Any]) -> DayRanges:
    """The days that the person wants to be made anew, though nothing changed."""
    first, last = values["from"] or EVER[0], values["to"] or EVER[1]
    if first > last:
        raise BadArgument(f"--from {first} is after --to {last}")
    return DayRanges() if (first, last) == EVER else DayRanges.of((first, last))


def consumed(
    inputs: Mapping[str, int | None], table: Table, version: int, options: Mapping[str, Any]
) -> dict[str, Any]:
    """What a table was made of, as it stands in its snapshot: it says all on which its rows depend."""
    fixed = {name: str(value) for name, value in options.items() if name not in _MOVING}
    moving = {name: str(options[name]) for name in _MOVING if name in options}
    return {"inputs": dict(inputs), "columns": table.types, "version": version, "parameters": fixed, "moving": moving}


def moved(
    lake: Lake, tables: Mapping[str, Table], before: Mapping[str, Any], now: Mapping[str, Any]
) -> DayRanges | None:
    """The days of the table's zone on which what it is made of is other than it was; None where that cannot be told."""
    fixed, known = ("columns", "version", "parameters"), ("inputs", "moving")
    if any(before.get(name) != now[name] for name in fixed) or any(
        name not in before or before[name].keys() != now[name].keys() for name in known
    ):
        return None
    zone = zone_of(now["parameters"])
    days = _of_options(before["moving"], now["moving"], zone)
    for name, snapshot in now["inputs"].items():
        changed = _changed(lake, tables[name], before["inputs"][name], snapshot, zone)
        if changed is None:
            return None
        days |= changed
    return days


def options_before(before: Mapping[str, Any]) -> dict[str, Any]:
    """The moving options as they were."""
    return {name: _read(name, text) for name, text in before.get("moving", {}).items()}


def zone_of(options: Mapping[str, Any]) -> str:
    """The zone of a table's local days; UTC where it has none."""
    return str(options.get("time_zone", "UTC"))


def _of_options(before: Mapping[str, str], now: Mapping[str, str], zone: str) -> DayRanges:
    """The days between an option as it was and as it is."""
    days = DayRanges()
    for name, text in now.items():
        known = [value for value in (_read(name, before[name]), _read(name, text)) if value is not None]
        if before[name] == text or not known:
            continue
        days |= between(known, zone) if name == "as_of" else DayRanges.of((min(known), max(known)))
    spans = [
        [_read(name, options[name]) for name in ("first_day", "last_day") if name in options]
        for options in (before, now)
    ]
    if sum(None in span for span in spans) == 1:  # where there was nothing, or is, also the days between have rows
        days |= DayRanges.of(*((min(span), max(span)) for span in spans if None not in span))
    return days


def _read(name: str, text: str) -> Any:
    if text == "None":
        return None
    return datetime.fromisoformat(text) if name == "as_of" else date.fromisoformat(text)


@lru_cache(maxsize=32)  # marts that read the same tables ask the same
def _changed(lake: Lake, table: Table, before: int | None, now: int | None, zone: str) -> DayRanges | None:
    """The days of the zone on which the table has other rows than it had."""
    partitions = lake.changed(table, before, now)
    if not partitions:
        return None if partitions is None else DayRanges()
    if before is None:
        return None
    spans = spanned(partitions)
    if table.partition.startswith("days"):
        return spans.in_zone(None, zone)
    # A rewrite touches whole months: only the days count on which rows differ.
    held = spans.hold(table.partition_column, "UTC" if table.is_by_instant else None)
    old, new = (lake.frame(table, snapshot).filter(held) for snapshot in (before, now))
    differing = old.exceptAll(new).unionByName(new.exceptAll(old))
    days = [row[0] for row in differing.select(F.to_date(table.partition_column)).distinct().collect()]
    found = DayRanges.of(*((day, day) for day in days))
    return found.in_zone(None, zone) if table.is_by_instant else found
