"""Stage the tables of a job: from delivered files, from changes of a source, or from other tables."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from pyspark.sql import DataFrame

from jobs.runtime.cdc.apply_change_files import ChangeFileApplier
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.incremental.changed_days import requested_days
from jobs.runtime.incremental.incremental_mart import Mart, resolve_options
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.ingest.stage_files import FileStager
from jobs.runtime.job import Cached, Job, Kind
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.quality.gate import QualityGate
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.spark import threads
from jobs.runtime.spark.small_frames import bounds
from jobs.runtime.spark.tzdata_check import require_same_days
from jobs.runtime.streaming.publication_batch import PublicationBatch
from jobs.runtime.wording import count
from schemas.cdc_source import CdcSource
from schemas.table import Table


class StagedTables(Protocol):
    """The staged tables of a job. The run checks, publishes and records them without knowing where they come from."""

    @property
    def message(self) -> str:
        """The result, for the progress line of the job."""

    @property
    def counts(self) -> dict[str, int]:
        """Delivered rows by result: read, kept, rejected, and so on. Empty for a mart."""

    @property
    def problems(self) -> Counter[str]: ...

    @property
    def warnings(self) -> Sequence[str]: ...

    @property
    def paths(self) -> list[str]:
        """The files whose rows were staged."""

    def slices(self, lake: Lake, ledger: Ledger, entry: Entry) -> Sequence[Slice]:
        """The staged slice of each table and the views for its suite. Completes the entry."""

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:
        """Why to refuse the run: more than the `allowed` share was rejected. `kept` tells where these rows are."""

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:
        """The files to record in the ledger."""


@dataclass(frozen=True)
class StagingContext:
    """The parts of a run that are needed to stage tables."""

    lake: Lake
    ledger: Ledger
    values: Mapping[str, Any]
    entries: Mapping[str, Entry]
    gate: QualityGate
    warnings: list[str]
    bounds: Callable[..., Any] = field(init=False)

    def __post_init__(self) -> None:
        # Cached, since most jobs need the bounds of the same events.
        object.__setattr__(
            self, "bounds", threads.cached(lambda table, before: bounds(self.frame(table), table.time, before))
        )

    def frame(self, table: Table) -> DataFrame:
        """A table as this run reads it: its own branch if it staged the table, else main as pinned at the start."""
        entry = self.entries[table.name]
        return self.lake.staged(table, self.ledger.run_id) if entry.staged else self.lake.frame(table, entry.base)

    def options(self, job: Job) -> dict[str, Any]:
        """The arguments of `build` that are not tables."""
        options = resolve_options(job, {**self.values, "clock": self.ledger.clock}, self.bounds)
        if self.values["dry_run"] and isinstance(job.increment, Cached):
            options[job.increment.budget] = 0
        return options

    def input_files(self, job: Job) -> InputFiles:
        """The delivered files of a job."""
        return InputFiles(
            job, cast(Table, job.rejects), self.entries[job.name].base, self.values, self.lake, self.ledger
        )

    def arguments(self, job: Job) -> dict[str, Any]:
        """The arguments of `build` other than the delivered rows: options, and the tables that the rows refer to."""
        return {**self.options(job), **{table.stem: self.frame(table) for table in job.reads[1:]}}


@dataclass(frozen=True)
class StagedMart:
    """The staged rows of a mart."""

    message: str
    rows: Slice
    as_of: Any
    counts: dict[str, int] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    warnings: Sequence[str] = ()
    paths: list[str] = field(default_factory=list)

    def slices(self, lake: Lake, ledger: Ledger, entry: Entry) -> Sequence[Slice]:  # noqa: ARG002
        entry.as_of = self.as_of
        return [self.rows]

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:  # noqa: ARG002
        return None

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:  # noqa: ARG002
        return []


def stage_files(job: Job, context: StagingContext) -> StagedTables | str:
    """Stage the good and the rejected rows of new files, or return why there is nothing to stage."""
    return FileStager(context.input_files(job)).stage(context.arguments(job))


def stage_changes(job: Job, context: StagingContext) -> StagedTables | str:
    """Apply the changes in new files to the tables, or return why there is nothing to stage."""
    return ChangeFileApplier(context.input_files(job), cast(CdcSource, job.cdc_source)).apply(context.arguments(job))


def stage_mart(job: Job, context: StagingContext) -> StagedTables | str:
    """Stage the rows of a mart to rebuild, or return why there is nothing to stage."""
    try:
        if not context.gate.reads_refused_table(job):
            return _stage_rebuild(job, context)
    except Exception:  # may be caused by rows that the gate has yet to refuse
        context.warnings.extend(context.gate.evaluate())
        if not context.gate.reads_refused_table(job):
            raise
    return "not built: an input is refused"


def _stage_rebuild(job: Job, context: StagingContext) -> StagedTables | str:
    entry, lake = context.entries[job.name], context.lake
    for table in job.inputs:
        source = context.entries[table.name]
        entry.inputs[table.name] = source.staged.snapshot if source.staged else source.base
    options = context.options(job)
    if "time_zone" in options and options.get("first_day"):
        require_same_days(lake.spark, options["time_zone"], options["first_day"], options["last_day"])
    frames = {table.stem: context.frame(table) for table in job.reads}
    mart = Mart(job, lake, entry.base, entry.inputs, frames, options)
    if reason := mart.stale_input():
        entry.refuse(reason)
        return f"not built: it {reason}"
    plan = mart.plan(requested_days(context.values), full=context.values["full"])
    if plan is None:
        return "nothing new: no input has changed"
    staged = lake.stage(
        job.writes,
        mart.build(plan),
        context.ledger.run_id,
        base=entry.base,
        replaces=mart.is_rewritten(plan),
        properties=mart.snapshot_properties,
    )
    message = f"{count(staged.rows, 'row')}{'' if context.values['full'] else mart.full_rebuild_note}"
    return StagedMart(message, mart.slice(plan, staged), options.get("as_of"))


def stage_batch(batch: PublicationBatch, context: StagingContext) -> StagedTables | str:
    """Stage what a stream publishes, or return why there is nothing to stage."""
    return batch.stage(context.lake, context.ledger, context.entries)


STAGES: Mapping[Kind, Callable[[Any, StagingContext], StagedTables | str]] = {
    Kind.FILES: stage_files,
    Kind.CHANGES: stage_changes,
    Kind.TABLES: stage_mart,
    Kind.BATCHES: stage_batch,
}
