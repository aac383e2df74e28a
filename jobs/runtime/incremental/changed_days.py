"""Find the days of a mart's inputs that changed since its last snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_set import DayRanges, days_between, from_partitions
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake_writer import Lake
from schemas.table import Table

# A range that includes every event.
EVER = (date(1900, 1, 1), date(9000, 12, 31))
_DAY = timedelta(days=1)
# Options that change from run to run. A change of any other option requires a full rebuild.
_MOVING = ("as_of", "first_day", "last_day")


@dataclass(frozen=True)
class Change:
    """What changed since a table was built: the days of its inputs, in its time zone, and its moving options.

    `days` is None if any day may have changed. `old_options` are the moving options of the published table, `frames`
    the whole inputs.
    """

    days: DayRanges | None
    options: Mapping[str, Any]
    old_options: Mapping[str, Any]
    published: DataFrame
    frames: Mapping[str, DataFrame]


def requested_days(values: Mapping[str, Any]) -> DayRanges:
    """The days that --from and --to request to rebuild, even if nothing changed."""
    first, last = values["from"] or EVER[0], values["to"] or EVER[1]
    if first > last:
        raise BadArgument(f"--from {first} is after --to {last}")
    return DayRanges() if (first, last) == EVER else DayRanges.of((first, last))


def consumed(
    inputs: Mapping[str, int | None], table: Table, version: int, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that the rows of a table depend on, as stored in the summary of its snapshot."""
    fixed = {name: str(value) for name, value in options.items() if name not in _MOVING}
    moving = {name: str(options[name]) for name in _MOVING if name in options}
    return {"inputs": dict(inputs), "columns": table.types, "version": version, "parameters": fixed, "moving": moving}


def changed_days(
    lake: Lake, tables: Mapping[str, Table], before: Mapping[str, Any], now: Mapping[str, Any]
) -> DayRanges | None:
    """The local days on which the inputs or moving options changed between two `consumed` states.

    None if that is unknown, or if columns, version or fixed options differ.
    """
    fixed, keyed = ("columns", "version", "parameters"), ("inputs", "moving")
    if any(before.get(name) != now[name] for name in fixed) or any(
        name not in before or before[name].keys() != now[name].keys() for name in keyed
    ):
        return None
    zone = zone_of(now["parameters"])
    days = _days_of_options(before["moving"], now["moving"], zone)
    for name, snapshot in now["inputs"].items():
        changed = days_of_input(lake, tables[name], before["inputs"][name], snapshot, zone)
        if changed is None:
            return None
        days |= changed
    return days


def previous_options(before: Mapping[str, Any]) -> dict[str, Any]:
    """The moving options of an earlier `consumed` state, parsed."""
    return {name: _parse(name, text) for name, text in before.get("moving", {}).items()}


def zone_of(options: Mapping[str, Any]) -> str:
    """The time zone of a table's local days; UTC if it has no such option."""
    return str(options.get("time_zone", "UTC"))


def _days_of_options(before: Mapping[str, str], now: Mapping[str, str], zone: str) -> DayRanges:
    """The days whose periods differ by the old and the new value of a moving option."""
    old, new = ({name: _parse(name, text) for name, text in options.items()} for options in (before, now))
    days = DayRanges()
    for name in new:
        if old[name] in (None, new[name]) or new[name] is None:
            continue
        first, last = sorted((old[name], new[name]))
        if name == "as_of":
            days |= days_between((first, last), zone)
        else:  # the later first day, and the earlier last day, are in the span before and after
            days |= DayRanges.of((first, last - _DAY) if name == "first_day" else (first + _DAY, last))
    spans = [[options[name] for name in ("first_day", "last_day") if name in options] for options in (old, new)]
    # The first events have appeared, or the last ones are gone: every day of the span has changed.
    if sum(None in span for span in spans) == 1:
        days |= DayRanges.of(*((min(span), max(span)) for span in spans if None not in span))
    return days


def _parse(name: str, text: str) -> Any:
    if text == "None":
        return None
    return datetime.fromisoformat(text) if name == "as_of" else date.fromisoformat(text)


def _differing_days(old: DataFrame, new: DataFrame, column: str) -> list[date]:
    """The days on which the rows of two frames differ, by the sums of two 64-bit hashes of the rows of each day."""

    def hashes(frame: DataFrame, sign: int) -> DataFrame:
        # xxhash64 passes over NULL, so that it would not tell the column that is NULL.
        cells = [*(F.col(name) for name in old.columns), *(F.col(name).isNull() for name in old.columns)]
        signed = {
            f"hash_{seed}": F.xxhash64(F.lit(seed), *cells).cast("decimal(20,0)") * F.lit(sign) for seed in range(2)
        }
        return frame.select(F.to_date(column).alias("day"), *(bits.alias(name) for name, bits in signed.items()))

    sums = hashes(old, 1).unionByName(hashes(new, -1)).groupBy("day").agg(F.sum("hash_0"), F.sum("hash_1"))
    return [row.day for row in sums.collect() if any(row[1:])]


def days_of_input(lake: Lake, table: Table, before: int | None, now: int | None, zone: str) -> DayRanges | None:
    """The days of the zone on which the rows of two snapshots of a table may differ; None if unknown."""
    days = _stored_days(lake, table, before, now)
    return days.in_zone(None, zone) if days and table.is_by_instant else days


@lru_cache(maxsize=32)  # several marts read the same table
def _stored_days(lake: Lake, table: Table, before: int | None, now: int | None) -> DayRanges | None:
    """`days_of_input` as the table stores them: UTC days of instants, or calendar days."""
    partitions = lake.changed_partitions(table, before, now)
    if not partitions:
        return None if partitions is None else DayRanges()
    if before is None:
        return None
    days = from_partitions(partitions)
    if table.partition.startswith("days"):
        return days
    # A rewrite replaces whole months, so the rows are compared to find the days that differ.
    is_in_partitions = days.condition(table.partition_column, "UTC" if table.is_by_instant else None)
    old, new = (lake.frame(table, snapshot).filter(is_in_partitions) for snapshot in (before, now))
    return DayRanges.of(*((day, day) for day in _differing_days(old, new, table.partition_column)))
