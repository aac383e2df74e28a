"""Plan a rebuild: map the changed days of the inputs to the rows to rebuild, by the increment rule of the job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from jobs.runtime.day_set import DayRanges, union
from jobs.runtime.incremental.changed_days import EVER, Change, previous_options, zone_of
from jobs.runtime.job import (
    ByPeriod,
    Cached,
    DayByDay,
    FirstOccurrence,
    FromFirstChange,
    FullRebuild,
    Increment,
    TrailingWindow,
)
from jobs.runtime.spark.small_frames import read_instants
from jobs.runtime.time_zone_rules import local_date


@dataclass(frozen=True)
class RebuildPlan:
    """The days to rebuild (`rows`) and the days of the inputs to read for that (`reads`); None means all.

    `since` is the first day that changed. Of a table of several grains, `grains` has the days to rebuild of each.
    """

    rows: DayRanges | None = None
    reads: DayRanges | None = None
    since: date | None = None
    grains: Mapping[str, DayRanges] = field(default_factory=dict)


def plan_rebuild(rule: Increment, change: Change) -> RebuildPlan | None:
    """The part of a table to rebuild by the increment rule of its job; None if nothing has to be rebuilt."""
    if isinstance(rule, TrailingWindow):
        return _last_days(change)
    if change.days is None:
        return RebuildPlan()
    match rule:
        case FullRebuild():
            return RebuildPlan() if change.days else None
        case Cached():
            return RebuildPlan() if change.days or change.published.filter(rule.unfinished).take(1) else None
        case DayByDay():
            return _day_by_day(rule, change, change.days)
        case ByPeriod():
            return _by_period(rule, change.days)
        case FromFirstChange():
            return _from_first_change(rule, change, change.days)
        case FirstOccurrence():
            return _first_occurrence(rule, change, change.days)


def covers(state: Mapping[str, Any], days: DayRanges) -> bool:
    """Whether a change of these days concerns a table in this `consumed` state: of a trailing period, only its days."""
    options = {**state["parameters"], **previous_options(state)}
    if "period_days" not in options:
        return bool(days)
    return _period({**options, "period_days": int(options["period_days"])}).overlaps(days)


def _day_by_day(rule: DayByDay, change: Change, changed: DayRanges) -> RebuildPlan | None:
    reach = (
        rule.back
        + sum(change.options[name] for name in rule.days)
        + sum(change.options[name] // 24 for name in rule.hours)
    )
    rows = changed.widened(reach, rule.ahead)
    if rule.is_monthly:
        rows = rows.whole_months()
    return RebuildPlan(rows, rows.widened(rule.ahead, reach)) if rows else None


def _by_period(rule: ByPeriod, changed: DayRanges) -> RebuildPlan | None:
    """The rows whose period contains a changed day, and all days of these periods to read."""
    units = {"week": changed.whole_weeks(), "month": changed.whole_months()}
    rows = {grain: changed.widened(0, days - 1) for grain, days in rule.trailing.items()}
    reads = [rows[grain].widened(days - 1, 0) for grain, days in rule.trailing.items()]
    for grain in rule.calendar:
        rows[grain] = units[grain]
        reads.append(units[grain])
    return RebuildPlan(union(rows.values()), union(reads), grains=rows) if changed else None


def _last_days(change: Change) -> RebuildPlan | None:
    period, old_period = _period(change.options), _period({**change.options, **change.old_options})
    is_changed = change.days is None or period != old_period or period.overlaps(change.days)
    return RebuildPlan(reads=period) if is_changed else None


def _from_first_change(rule: FromFirstChange, change: Change, changed: DayRanges) -> RebuildPlan | None:
    if not changed:
        return None
    since = changed.first
    oldest = (
        read_instants(rule.oldest_start(change.published, since=since, **change.options))[0]
        if rule.oldest_start
        else None
    )
    first = local_date(oldest, zone_of(change.options)) if oldest else since
    rows = DayRanges.of((first, EVER[1]))
    return RebuildPlan(rows, rows, since)


def _first_occurrence(rule: FirstOccurrence, change: Change, changed: DayRanges) -> RebuildPlan | None:
    """The changed days and the published first days that move.

    If a first event is gone, everything from the first changed day on is rebuilt.
    """
    if not changed:
        return None
    [events] = change.frames.values()
    changed_events = events.filter(changed.condition(rule.time, "UTC"))
    at_stake = change.published.filter(changed.condition(rule.first_time, "UTC"))
    moved = rule.moved(changed_events, at_stake, change.published).collect()
    if any(row.is_gone for row in moved):
        return _from_first_change(FromFirstChange(), change, changed)
    days = changed | DayRanges.of(*((row.day, row.day) for row in moved))
    return RebuildPlan(days, changed, EVER[1])


def _period(options: Mapping[str, Any]) -> DayRanges:
    """The last `period_days` whole days before as_of, from the first day with events on."""
    last = local_date(options["as_of"], zone_of(options)) - timedelta(days=1)
    first = options["first_day"] or EVER[1]
    return (
        DayRanges.of((max(first, last - timedelta(days=options["period_days"] - 1)), last))
        if first <= last
        else DayRanges()
    )
