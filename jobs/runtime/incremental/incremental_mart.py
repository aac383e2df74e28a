"""A mart: its inputs, what has changed since its last snapshot, and the rows to rebuild."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_set import DayRanges, whole_partitions
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.incremental.changed_days import (
    Change,
    changed_days,
    consumed,
    days_of_input,
    previous_options,
    zone_of,
)
from jobs.runtime.incremental.plan_rebuild import RebuildPlan, covers, plan_rebuild
from jobs.runtime.job import ByPeriod, Cached, FullRebuild, Job
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.spark.small_frames import Bounds, days_frame, literal_row
from jobs.runtime.time_zone_rules import local_date, midnight
from schemas.table import Table

# as_of when there are no events. It is constant, so that a second run on an empty input has nothing to do.
_AS_OF_WITHOUT_EVENTS = datetime(1970, 1, 1, tzinfo=UTC)


def resolve_options(
    job: Job, values: Mapping[str, Any], bounds: Callable[[Table, datetime | None], Bounds]
) -> dict[str, Any]:
    """The options that `build` takes. With as_of, also the first and the last local day of the events before it."""
    options = {name: value for name, value in values.items() if name in job.arguments}
    if "as_of" in options:
        [events] = [table for table in job.inputs if table.time]
        # Of a run with local days, also for a table without them.
        zone = zone_of(values)
        first, last = bounds(events, None)
        as_of = options["as_of"] = resolve_as_of(options["as_of"], zone=zone, clock=values["clock"], newest=last)
        if last and last >= as_of:
            first, last = bounds(events, as_of)
        options |= {"first_day": first and local_date(first, zone), "last_day": last and local_date(last, zone)}
    return options


def resolve_as_of(
    requested: datetime | date | str | None, *, zone: str, clock: datetime, newest: datetime | None
) -> datetime:
    """The instant of the `as_of` option; by default the end of the local day of the newest event."""
    if isinstance(requested, datetime):
        return requested
    if requested == "now":
        return clock
    if isinstance(requested, date):
        day = requested
    elif newest:
        day = local_date(newest, zone)
    else:
        return _AS_OF_WITHOUT_EVENTS
    return midnight(day + timedelta(days=1), zone)


@dataclass(frozen=True)
class Mart:
    """The mart of a job, on top of its published snapshot `base`. `inputs` are the snapshots that `frames` read."""

    job: Job
    lake: Lake
    base: int | None
    inputs: Mapping[str, int | None]
    frames: Mapping[str, DataFrame]
    options: Mapping[str, Any]

    @cached_property
    def consumed(self) -> dict[str, Any]:
        return consumed(self.inputs, self.job.writes, self.job.version, self.options)

    @property
    def snapshot_properties(self) -> dict[str, str]:
        """The properties to commit with the rows."""
        return {"consumed": json.dumps(self.consumed)}

    def plan(self, requested: DayRanges, *, full: bool) -> RebuildPlan | None:
        """The part to rebuild: what changed, plus the `requested` days. None if nothing changed or no input exists.

        Raises BadArgument if the time zone differs from the published one and `full` is not set.
        """
        if not any(self.inputs.values()):
            return None
        published_zone = self.previous.get("parameters", {}).get("time_zone")
        zone = self.options.get("time_zone")
        if self.previous and published_zone != zone and not full:
            raise BadArgument(
                f"{self.job.name} is published in {published_zone}; --full rebuilds it with --time_zone {zone}"
            )
        changed, published = None if full else self._changed_days, self.lake.frame(self.job.writes, self.base)
        return plan_rebuild(
            self.job.increment,
            Change(
                changed if changed is None else changed | requested,
                self.options,
                previous_options(self.previous),
                published,
                self.frames,
            ),
        )

    @property
    def full_rebuild_note(self) -> str:
        """A note if the whole table had to be rebuilt, although its increment rule is not FullRebuild."""
        return (
            ", rebuilt in full: parameters or version changed, or snapshot history is lost"
            if self.previous and self._changed_days is None and not isinstance(self.job.increment, FullRebuild | Cached)
            else ""
        )

    @cached_property
    def previous(self) -> dict[str, Any]:
        """The `consumed` state of the published table."""
        return read_consumed(self.lake, self.job.writes, self.base)

    @cached_property
    def _changed_days(self) -> DayRanges | None:
        return changed_days(self.lake, {table.name: table for table in self.job.inputs}, self.previous, self.consumed)

    def stale_input(self) -> str | None:
        """Names an input that is not built yet, or that other tables or options than those of this run would change."""
        for table in self.job.reads:
            if self.inputs[table.name] is None and any(self.inputs.values()):
                return f"reads {table.name}, which is not built yet: run {table.name} first"
            state = read_consumed(self.lake, table, self.inputs[table.name])
            built_as_of = state.get("moving", {}).get("as_of")
            if built_as_of and built_as_of != str(self.options.get("as_of", built_as_of)):
                return f"reads {table.name}, which was built as of {built_as_of}: run {table.name} first"
            for name, value in state.get("parameters", {}).items():
                if value != str(self.options.get(name, value)):
                    return f"reads {table.name}, which was built with --{name} {value}: run {table.name} first"
            for other in self.job.inputs:
                if self._is_outdated(state, other):
                    return f"reads {table.name}, which was built from an older {other.name}: run {table.name} first"
        return None

    def _is_outdated(self, state: Mapping[str, Any], other: Table) -> bool:
        """Whether an input in this `consumed` state was built from a table that has changed since on its days."""
        if other.name not in state.get("inputs", {}):
            return False
        before, now = state["inputs"][other.name], self.inputs[other.name]
        changed = days_of_input(self.lake, other, before, now, zone_of(state["parameters"]))
        return changed is None or covers(state, changed)

    def build(self, plan: RebuildPlan) -> DataFrame:
        """The rows to rebuild, with the published rows of the same partitions that are not rebuilt."""
        arguments = {**self._slices(plan), **self.options, "published": self._published(plan), "since": plan.since}
        rows: DataFrame = self.job.build(
            **{name: value for name, value in arguments.items() if name in self.job.arguments}
        )
        if plan.rows is None:
            return rows
        kept = self._published_rows.filter(self.is_rewritten(plan)).filter(f"NOT ({self.where(plan)})")
        return rows.filter(self.where(plan)).unionByName(kept)

    def is_rewritten(self, plan: RebuildPlan) -> Column:
        """Whether a row of the table is in a partition with rows to rebuild: its other rows are kept as published."""
        if plan.rows is None:
            return F.lit(True)
        return F.expr(_on(whole_partitions(self.job.writes, plan.rows), self.job.writes, "UTC"))

    def where(self, plan: RebuildPlan) -> str:
        """Whether a row of the table is rebuilt, as SQL."""
        if plan.rows is None:
            return "true"
        if not plan.grains:
            return _on(plan.rows, self.job.writes, "UTC")
        return " OR ".join(
            f"(grain = '{grain}' AND ({_on(days, self.job.writes, 'UTC')}))" for grain, days in plan.grains.items()
        )

    def slice(self, plan: RebuildPlan, staged: Staged) -> Slice:
        """The staged rows for the suite, with the inputs as read, `published`, `run` (the options) and `rebuilt`."""
        views = {**self._slices(plan), "published": self._published(plan)}
        views["run"] = literal_row(self.lake.spark, {**self.options, "since": plan.since})
        if "first_day" in self.options:
            views["rebuilt"] = self._rebuilt(plan)
        return Slice(self.job.writes, staged, self.where(plan), views)

    def _slices(self, plan: RebuildPlan) -> dict[str, DataFrame]:
        return {table.stem: self.frames[table.stem].filter(self._where_read(plan, table)) for table in self.job.reads}

    def _where_read(self, plan: RebuildPlan, table: Table) -> str:
        """The rows of an input to read, as SQL."""
        return "true" if plan.reads is None else _on(plan.reads, table, zone_of(self.options))

    def _published(self, plan: RebuildPlan) -> DataFrame:
        is_read = plan.since or isinstance(self.job.increment, Cached)
        return self._published_rows if is_read else self.lake.frame(self.job.writes, None)

    @property
    def _published_rows(self) -> DataFrame:
        return self.lake.frame(self.job.writes, self.base)

    def _rebuilt(self, plan: RebuildPlan) -> DataFrame:
        """Every `day` up to as_of whose rows are rebuilt; of a table of several grains, by `grain`."""
        if not isinstance(self.job.increment, ByPeriod):
            return self._days(plan.rows)
        by_grain = (
            self._days(plan.grains.get(grain)).withColumn("grain", F.lit(grain)) for grain in self.job.increment.grains
        )
        return reduce(DataFrame.unionByName, by_grain)

    def _days(self, days: DayRanges | None) -> DataFrame:
        """The days up to as_of; None is all."""
        first_day, last = self.options["first_day"], local_date(self.options["as_of"], zone_of(self.options))
        everything = [(first_day - timedelta(days=31), last)] if first_day else []
        spans = everything if days is None else days.spans
        return days_frame(self.lake.spark, [(start, min(end, last)) for start, end in spans if start <= last])


def _on(days: DayRanges, table: Table, zone: str) -> str:
    return days.sql_condition(table.partition_column, zone if table.is_by_instant else None)


def read_consumed(lake: Lake, table: Table, snapshot: int | None) -> dict[str, Any]:
    """The `consumed` state stored with a snapshot of the table; empty if none is stored."""
    state: dict[str, Any] = json.loads(
        next((text for _, text in lake.snapshot_properties(table, snapshot, "consumed")), None) or "{}"
    )
    return state
