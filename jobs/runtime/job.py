"""Declare jobs, pipelines, job templates, commands and maintenance jobs, with their parameters."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, ClassVar

from jobs.runtime.export_layout import ExportLayout
from jobs.runtime.increment_rules import (
    ByPeriod,
    Cached,
    DayByDay,
    FirstOccurrence,
    FromFirstChange,
    FullRebuild,
    Increment,
    TrailingWindow,
)
from jobs.runtime.job_kinds import Kind, Scope
from schemas.cdc_source import CdcSource
from schemas.table import Table

__all__ = [
    "ByPeriod",
    "Cached",
    "Command",
    "DayByDay",
    "Declaration",
    "ExportLayout",
    "FirstOccurrence",
    "FromFirstChange",
    "FullRebuild",
    "Increment",
    "Job",
    "JobTemplate",
    "Kind",
    "MaintenanceJob",
    "Parameter",
    "Pipeline",
    "Scope",
    "StreamJob",
    "TrailingWindow",
]


@dataclass(frozen=True)
class Parameter:
    """One option, `--name value` everywhere. `read` is an argparse type; `bool` makes a flag."""

    name: str
    read: Callable[[str], Any]
    default: Any = None
    help: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class Job:
    """Builds one table: `build` is called with the frames of `reads` and the options named in its signature.

    A job with `rejects` reads delivered files, declared by the first table of `reads`; rows with `problems` go to
    `rejects`. `files` is the glob of the file names, for a folder that has other files too. With a `cdc_source` the
    delivered rows are changes and are applied to the current table. `increment` maps changed input to the rows to
    rebuild. `zone` is set if `build` computes instants from local times: it takes options of the job, and returns the
    time zone of a row of `writes` as a column. `events` is the table whose times as_of refers to, if none of `reads`
    has times: `reads` are then made of it. Raise `version` when the same input gives another result: the table is
    then rebuilt in full. `exports` is the layout of exported files.
    """

    reads: Sequence[Table]
    build: Callable[..., Any]
    writes: Table
    rejects: Table | None = None
    cdc_source: CdcSource | None = None
    parameters: Sequence[Parameter] = ()
    increment: Increment = field(default_factory=FullRebuild)
    version: int = 1
    files: str = ""
    exports: ExportLayout = field(default_factory=ExportLayout)
    zone: Callable[..., Any] | None = None
    events: Table | None = None
    scope: ClassVar = Scope.TABLES

    def with_files(self, files: str) -> "Job":
        """The job, reading only files, or folders, whose name matches the glob."""
        return replace(self, files=files)

    @property
    def name(self) -> str:
        return self.writes.name

    @property
    def inputs(self) -> list[Table]:
        """The tables that the result depends on: `reads`, and the events behind them."""
        return [*([self.events] if self.events else []), *self.reads]

    @property
    def board(self) -> str:
        """The board that the run reports on: that of the domain for a CDC job, none for others."""
        return self.writes.domain if self.cdc_source else ""

    @property
    def jobs(self) -> "tuple[Job, ...]":
        return (self,)

    @property
    def tables(self) -> list[Table]:
        if self.cdc_source:
            return self.cdc_source.tables
        return [self.writes, self.rejects] if self.rejects else [self.writes]

    @property
    def kind(self) -> Kind:
        return Kind.CHANGES if self.cdc_source else Kind.FILES if self.rejects else Kind.TABLES

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset({self.kind})

    def start(self, *_: Any) -> "Job":
        return self

    @property
    def arguments(self) -> set[str]:
        """The names of the arguments of `build`."""
        return set(inspect.signature(self.build).parameters)


@dataclass(frozen=True)
class Pipeline:
    """Jobs of a domain that run in one session, in dependency order. `board` is the board that the run reports on."""

    name: str
    members: Sequence[Job]
    board: str = ""
    scope: ClassVar = Scope.TABLES

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(job.kind for job in self.members)

    def start(self, *_: Any) -> "Pipeline":
        return self

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The members in dependency order; among independent jobs in the order of `members`.

        Raises ValueError if the jobs depend on each other in a cycle.
        """
        by_name = {job.name: job for job in self.members}
        reads = {job.name: [table.name for table in job.reads if table.name in by_name] for job in self.members}
        sorter, ordered = TopologicalSorter(reads), list[str]()
        try:
            sorter.prepare()
        except CycleError as error:
            raise ValueError(f"{self.name}: circular dependency: {' -> '.join(error.args[1])}") from error
        while sorter.is_active():
            ready = sorted(sorter.get_ready(), key=list(by_name).index)
            ordered += ready
            sorter.done(*ready)
        return tuple(by_name[name] for name in ordered)

    @property
    def parameters(self) -> Sequence[Parameter]:
        return list({parameter.name: parameter for job in self.members for parameter in job.parameters}.values())


@dataclass(frozen=True)
class JobTemplate:
    """A job that applies the changes of a source to a table that no file declares.

    `fill` takes the lake and the parameters, and returns the pipeline to run.
    """

    name: str
    fill: Callable[..., Pipeline]
    parameters: Sequence[Parameter] = ()
    board: str = ""
    scope: ClassVar = Scope.TABLES
    kinds: ClassVar = frozenset({Kind.FILES, Kind.CHANGES})

    def start(self, lake: Any, _ledger: Any, own: Mapping[str, Any]) -> Pipeline:
        return self.fill(lake, **own)


@dataclass(frozen=True)
class Command:
    """Work outside a lake, such as generating sample data. `build` takes the parameters and returns a text to print."""

    name: str
    build: Callable[..., str]
    parameters: Sequence[Parameter] = ()
    scope: ClassVar = Scope.OUTSIDE
    kinds: ClassVar = frozenset[Kind]()
    board: ClassVar = ""

    def start(self, _lake: Any, _ledger: Any, own: Mapping[str, Any]) -> str:
        return self.build(**own)


@dataclass(frozen=True)
class MaintenanceJob:
    """Work on a whole lake. `build` takes the lake, the ledger of the run and the parameters.

    It records in the ledger what it did to each table, and returns the text to print.
    """

    name: str
    build: Callable[..., str]
    parameters: Sequence[Parameter] = ()
    scope: ClassVar = Scope.LAKE
    kinds: ClassVar = frozenset[Kind]()
    board: ClassVar = ""

    def start(self, lake: Any, ledger: Any, own: Mapping[str, Any]) -> str:
        return self.build(lake, ledger, **own)


@dataclass(frozen=True)
class StreamJob:
    """Watches a stream in small batches. Its delivered lines are declared by `reads`; invalid ones go to `rejects`.

    It publishes `writes` and `others` every minute or so, each row once, and reports on `board` less often.
    """

    name: str
    reads: Table
    writes: Table
    rejects: Table
    others: Sequence[Table]
    parameters: Sequence[Parameter] = ()
    board: str = ""
    scope: ClassVar = Scope.STREAM
    kinds: ClassVar = frozenset({Kind.BATCHES})

    @property
    def tables(self) -> list[Table]:
        return [self.writes, self.rejects, *self.others]

    def start(self, _lake: Any, _ledger: Any, _own: Mapping[str, Any]) -> "StreamJob":
        return self


# `start` takes the lake, the ledger of the run and the values of the declaration's own parameters. It returns the text
# to print, or the jobs or the stream to run.
Declaration = Job | Pipeline | JobTemplate | Command | MaintenanceJob | StreamJob
