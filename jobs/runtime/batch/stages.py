"""How the tables of a job are staged: from delivered files, from the changes of a source, or from other tables."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from pyspark.sql import DataFrame

from jobs.runtime.cdc.apply_changes import ChangeApplication
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.incremental.mart import Mart, resolved
from jobs.runtime.incremental.plan import requested_days
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.ingest.intake import Intake
from jobs.runtime.job import Job, Kind
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.quality.gate import QualityGate
from jobs.runtime.spark import threads
from jobs.runtime.spark.frames import bounds
from jobs.runtime.spark.local_frames import View
from schemas.changing import CdcSource
from schemas.table import Table

Asked = Sequence[tuple[Table, Staged, str, Mapping[str, View]]]


class StagedTables(Protocol):
    """What was staged for a job, whatever of: the run asks the suites, publishes and records without another question."""

    @property
    def told(self) -> str:
        """How it went, for the line of the job."""

    @property
    def counts(self) -> dict[str, int]:
        """Delivered rows by what became of them; nothing of a table that is made of tables."""

    @property
    def problems(self) -> Counter[str]: ...

    @property
    def warnings(self) -> Sequence[str]: ...

    @property
    def paths(self) -> list[str]:
        """The files whose rows it has."""

    def asked(self, lake: Lake, ledger: Ledger, entry: Entry) -> Asked:
        """What the suites of the tables ask: which rows, for which it holds, beside which views."""

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:
        """Why the run is refused, when more than the `allowed` share of its rows was rejected; `kept` says where these are."""

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:
        """What the ledger is told of the files."""


@dataclass(frozen=True)
class Stage:
    """What a run lends to what stages its tables."""

    lake: Lake
    ledger: Ledger
    values: Mapping[str, Any]
    entries: Mapping[str, Entry]
    gates: QualityGate
    warnings: list[str]
    bounds: Callable[..., Any] = field(init=False)

    def __post_init__(self) -> None:
        # Most jobs ask for those of the same events.
        object.__setattr__(
            self, "bounds", threads.once(lambda table, before: bounds(self.frame(table), table.time, before))
        )

    def frame(self, table: Table) -> DataFrame:
        """A table as this run reads it: what it staged itself, else main as it was at the start."""
        entry = self.entries[table.name]
        return self.lake.staged(table, self.ledger.run_id) if entry.staged else self.lake.frame(table, entry.base)

    def options(self, job: Job) -> dict[str, Any]:
        """The arguments of `build` that are no tables."""
        return resolved(job, {**self.values, "clock": self.ledger.clock}, self.bounds)

    def inbox(self, job: Job) -> InputFiles:
        """The files that a job takes."""
        return InputFiles(
            job, cast(Table, job.rejects), self.entries[job.name].base, self.values, self.lake, self.ledger
        )

    def beside(self, job: Job) -> dict[str, Any]:
        """The options, and the tables that files are held against."""
        return {**self.options(job), **{table.stem: self.frame(table) for table in job.reads[1:]}}


@dataclass(frozen=True)
class Rebuilt:
    """What a run staged of a table made of tables."""

    told: str
    rows: Asked
    as_of: Any
    counts: dict[str, int] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    warnings: Sequence[str] = ()
    paths: list[str] = field(default_factory=list)

    def asked(self, lake: Lake, ledger: Ledger, entry: Entry) -> Asked:  # noqa: ARG002
        entry.as_of = self.as_of
        return self.rows

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:  # noqa: ARG002
        return None

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:  # noqa: ARG002
        return []


def stage_files(job: Job, run: Stage) -> StagedTables | str:
    """The rows of new files, good and refused ones; or why there is nothing to stage."""
    return Intake(run.inbox(job)).take(run.beside(job))


def stage_changes(job: Job, run: Stage) -> StagedTables | str:
    """What the changes in new files make of the tables; or why there is nothing to stage."""
    return ChangeApplication(run.inbox(job), cast(CdcSource, job.changing)).take(run.beside(job))


def stage_mart(job: Job, run: Stage) -> StagedTables | str:
    """What is to be made anew of a table made of tables, unless they are refused; or why there is nothing to stage."""
    try:
        if not run.gates.is_unfounded(job):
            return _rebuilt(job, run)
    except Exception:  # what it reads may be just what its gate is to refuse
        run.warnings.extend(run.gates.judge())
        if not run.gates.is_unfounded(job):
            raise
    return "not built: what it reads is refused"


def _rebuilt(job: Job, run: Stage) -> StagedTables | str:
    entry, lake = run.entries[job.name], run.lake
    entry.inputs = {
        table.name: staged.snapshot if (staged := run.entries[table.name].staged) else run.entries[table.name].base
        for table in job.reads
    }
    options = run.options(job)
    mart = Mart(job, lake, entry.base, entry.inputs, {table.stem: run.frame(table) for table in job.reads}, options)
    if behind := mart.behind():
        entry.refuse(behind)
        return f"not built: it {behind}"
    plan = mart.plan(requested_days(run.values), full=run.values["full"])
    if plan is None:
        return "nothing new: what it reads is as it was"
    staged = lake.stage(
        job.writes,
        mart.built(plan),
        run.ledger.run_id,
        base=entry.base,
        replaces=mart.condition(plan),
        notes=mart.notes,
    )
    told = f"{staged.rows:,} rows{'' if run.values['full'] else mart.whole}"
    return Rebuilt(told, [(job.writes, staged, mart.where(plan), mart.views(plan))], options.get("as_of"))


STAGES: Mapping[Kind, Callable[[Job, Stage], StagedTables | str]] = {
    Kind.FILES: stage_files,
    Kind.CHANGES: stage_changes,
    Kind.TABLES: stage_mart,
}
