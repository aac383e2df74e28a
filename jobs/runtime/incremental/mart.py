"""A mart: its inputs, what has changed since its last snapshot, and the rows to rebuild."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import DayRanges, local
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.incremental.plan import Change, RebuildPlan, consumed, moved, options_before, zone_of
from jobs.runtime.incremental.rules import plan_rebuild
from jobs.runtime.job import Everything, Job
from jobs.runtime.option_types import resolve_as_of
from jobs.runtime.spark.frames import Bounds
from jobs.runtime.spark.local_frames import View, days, empty, known
from schemas.table import Table


def resolved(job: Job, values: Mapping[str, Any], bounds: Callable[[Table, datetime | None], Bounds]) -> dict[str, Any]:
    """The values that `build` takes; with as_of also the first and the last local day of the events before it."""
    options = {name: value for name, value in values.items() if name in job.takes}
    if "as_of" in options:
        [events] = [table for table in job.reads if table.time]
        zone = zone_of(options)
        first, last = bounds(events, None)
        as_of = options["as_of"] = resolve_as_of(options["as_of"], zone=zone, clock=values["clock"], newest=last)
        if last and last >= as_of:
            first, last = bounds(events, as_of)
        options |= {"first_day": first and local(first, zone), "last_day": last and local(last, zone)}
    return options


@dataclass(frozen=True)
class Mart:
    """The table of a job, on top of main as it was at `base`, of `frames`, which are the `inputs` at these snapshots."""

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
    def notes(self) -> dict[str, str]:
        """What is committed with the rows."""
        return {"consumed": json.dumps(self.consumed)}

    def plan(self, asked: DayRanges, *, full: bool) -> RebuildPlan | None:
        """What is made anew: what changed, and the days `asked` for; None is nothing, as where no input is made. Raises BadArgument for another zone."""
        if not any(self.inputs.values()):
            return None
        zone, wanted = self.before.get("parameters", {}).get("time_zone"), self.options.get("time_zone")
        if self.before and zone != wanted and not full:
            raise BadArgument(f"{self.job.name} is published in {zone}; --full rebuilds it with --time_zone {wanted}")
        days, published = None if full else self._moved, self.lake.frame(self.job.writes, self.base)
        return plan_rebuild(
            self.job.increment,
            Change(
                days if days is None else days | asked,
                self.options,
                options_before(self.before),
                published,
                self.frames,
            ),
        )

    @property
    def whole(self) -> str:
        """That all of the table had to be made anew, where it was not to be expected."""
        return (
            ", all made anew: other parameters or version, or history is lost"
            if self.before and self._moved is None and self.job.increment != Everything()
            else ""
        )

    @cached_property
    def before(self) -> dict[str, Any]:
        """What the published table was made of."""
        return made_of(self.lake, self.job.writes, self.base)

    @cached_property
    def _moved(self) -> DayRanges | None:
        return moved(self.lake, {table.name: table for table in self.job.reads}, self.before, self.consumed)

    def behind(self) -> str | None:
        """What this table reads that is not made yet, or was made of older tables than it reads itself."""
        for table in self.job.reads:
            if self.inputs[table.name] is None and any(self.inputs.values()):
                return f"reads {table.name}, which is not made yet: run {table.name} first"
            theirs = made_of(self.lake, table, self.inputs[table.name]).get("inputs", {})
            for other in (
                one
                for one in self.job.reads
                if one.name in theirs and self.lake.changed(one, theirs[one.name], self.inputs[one.name]) != set()
            ):
                return f"reads {table.name}, which was made of an older {other.name}: run {table.name} first"
        return None

    def built(self, plan: RebuildPlan) -> DataFrame:
        """The rows that are made anew."""
        given = {**self._slices(plan), **self.options, "published": self._published(plan), "since": plan.since}
        made: DataFrame = self.job.build(**{name: value for name, value in given.items() if name in self.job.takes})
        return made if plan.rows is None else made.filter(self.condition(plan))

    def condition(self, plan: RebuildPlan) -> Column:
        """Which rows of the table are made anew: whole partitions."""
        return F.expr(self.where(plan))

    def where(self, plan: RebuildPlan) -> str:
        """The same in SQL."""
        return "true" if plan.rows is None else _on(plan.rows, self.job.writes, "UTC")

    def views(self, plan: RebuildPlan) -> dict[str, View]:
        """What a suite may ask beside the rows: what was read, the options, and the days whose rows were made anew."""
        slices = self._slices(plan)
        views = {
            table.stem: self._view(slices[table.stem], table, self.inputs[table.name], self._read(plan, table))
            for table in self.job.reads
        }
        views["published"] = self._view(
            self._published(plan), self.job.writes, self.base if plan.since else None, "true"
        )
        views["run"] = known(self.lake.spark, {**self.options, "since": plan.since})
        return (
            {**views, "rebuilt": days(self.lake.spark, self._rebuilt(plan))} if "first_day" in self.options else views
        )

    def _view(self, frame: DataFrame, table: Table, at: int | None, where: str) -> View:
        return (
            empty(frame, table)
            if at is None
            else View(frame, self.lake.files(table, at, where), self.lake.is_few(table, at))
        )

    def _slices(self, plan: RebuildPlan) -> dict[str, DataFrame]:
        return {table.stem: self.frames[table.stem].filter(self._read(plan, table)) for table in self.job.reads}

    def _read(self, plan: RebuildPlan, table: Table) -> str:
        """Which rows of a table are read."""
        return "true" if plan.reads is None else _on(plan.reads, table, zone_of(self.options))

    def _published(self, plan: RebuildPlan) -> DataFrame:
        return self.lake.frame(self.job.writes, self.base if plan.since else None)

    def _rebuilt(self, plan: RebuildPlan) -> list[tuple[date, date]]:
        """The days up to as_of whose rows are made anew."""
        first, last = self.options["first_day"], local(self.options["as_of"], zone_of(self.options))
        spans = plan.rows.spans if plan.rows else [(first - timedelta(days=31), last)] if first else []
        return [(one, min(other, last)) for one, other in spans if one <= last]


def _on(days: DayRanges, table: Table, zone: str) -> str:
    return days.held(table.partition_column, zone if table.is_by_instant else None)


def made_of(lake: Lake, table: Table, snapshot: int | None) -> dict[str, Any]:
    """What the table was made of at a snapshot; empty where it says nothing of it."""
    found: dict[str, Any] = json.loads(
        next((text for _, text in lake.snapshot_properties(table, snapshot, "consumed")), None) or "{}"
    )
    return found
