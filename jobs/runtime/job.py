"""Declare what can be run: jobs, pipelines, templates, commands and maintenance jobs, with their parameters and increment rules."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, ClassVar

from schemas.changing import CdcSource
from schemas.table import Table


@dataclass(frozen=True)
class Parameter:
    """One option, `--name value` everywhere. `read` is an argparse type; `bool` makes a flag."""

    name: str
    read: Callable[[str], Any]
    default: Any = None
    help: str = ""
    is_required: bool = False


class Kind(Enum):
    """Of what a job makes its tables."""

    FILES = auto()
    CHANGES = auto()
    TABLES = auto()


class Scope(Enum):
    """What something that can be run works on: nothing that we keep, a lake as it is, or the tables of its jobs."""

    OUTSIDE = auto()
    LAKE = auto()
    TABLES = auto()


@dataclass(frozen=True)
class Everything:
    """Any change touches every row."""


@dataclass(frozen=True)
class DayByDay:
    """A day of the inputs touches rows from some days before it to `ahead` days after it.

    Before it these are `back` days, and what the options of the job say that are named in `days` and, in whole days, in `hours`.
    """

    back: int = 0
    ahead: int = 0
    days: Sequence[str] = ()
    hours: Sequence[str] = ()


@dataclass(frozen=True)
class LastDays:
    """The table holds the last `period_days` whole days before as_of, and is made anew when one of them changed."""


@dataclass(frozen=True)
class Onwards:
    """Rows that ended before the first changed day stay as published. `begun` finds when the oldest of the others began: one row, an instant."""

    begun: Callable[..., Any] | None = None


@dataclass(frozen=True)
class FirstEvents:
    """A row for the first event of each. `moved` finds the days on which those were first seen who came earlier, and whose first event is gone.

    `time` is the column of the instants of events, `first_time` that of the first ones.
    """

    moved: Callable[..., Any]
    time: str
    first_time: str


Increment = Everything | DayByDay | LastDays | Onwards | FirstEvents


@dataclass(frozen=True)
class Job:
    """Makes one table: `build` is called with the frames of `reads` and with the options that its signature names.

    A job with `rejects` reads delivered files, the first of `reads`; its rows with `problems` go there. `files` is the glob of their names, where a
    folder has others too. Where it is `changing`, those rows are changes, which
    are applied to the table as it is. `increment` tells from what changed what of the table is made anew. `version` is raised when the
    same input gives another answer: the table is then rebuilt in full. `exports` are the columns of its files, with their names there; all where empty.
    """

    reads: Sequence[Table]
    build: Callable[..., Any]
    writes: Table
    rejects: Table | None = None
    changing: CdcSource | None = None
    parameters: Sequence[Parameter] = ()
    increment: Increment = Everything()
    version: int = 1
    files: str = ""
    exports: Mapping[str, str] = field(default_factory=dict)
    scope: ClassVar = Scope.TABLES

    def named(self, files: str) -> "Job":
        """The job for a folder in which its files, or their folders, are called so."""
        return replace(self, files=files)

    @property
    def name(self) -> str:
        return self.writes.name

    @property
    def board(self) -> str:
        """The report at its end: of a mart that of its pipeline tells all."""
        return self.writes.domain if self.changing else ""

    @property
    def jobs(self) -> "tuple[Job, ...]":
        return (self,)

    @property
    def tables(self) -> list[Table]:
        if self.changing:
            return self.changing.tables
        return [self.writes, self.rejects] if self.rejects else [self.writes]

    @property
    def kind(self) -> Kind:
        return Kind.CHANGES if self.changing else Kind.FILES if self.rejects else Kind.TABLES

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset({self.kind})

    def begin(self, *_: Any) -> "Job":
        return self

    @property
    def takes(self) -> set[str]:
        return set(inspect.signature(self.build).parameters)


@dataclass(frozen=True)
class Pipeline:
    """Jobs of a domain that run in one session, each after those whose tables it reads; `board` is the report at their end."""

    name: str
    members: Sequence[Job]
    board: str = ""
    scope: ClassVar = Scope.TABLES

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(job.kind for job in self.members)

    def begin(self, *_: Any) -> "Pipeline":
        return self

    @property
    def jobs(self) -> tuple[Job, ...]:
        ordered: list[Job] = []
        while waiting := [job for job in self.members if job not in ordered]:
            unmade = {job.name for job in waiting}
            ready = [job for job in waiting if not unmade & {table.name for table in job.reads}]
            if not ready:
                raise ValueError(f"{self.name}: {sorted(unmade)} read each other in a circle")
            ordered += ready
        return tuple(ordered)

    @property
    def parameters(self) -> Sequence[Parameter]:
        return list({parameter.name: parameter for job in self.members for parameter in job.parameters}.values())


@dataclass(frozen=True)
class JobTemplate:
    """A job that takes the changes of a source, for a table that no file declares: `fill` takes the lake and the parameters, and returns it."""

    name: str
    fill: Callable[..., Pipeline]
    parameters: Sequence[Parameter] = ()
    board: str = ""
    scope: ClassVar = Scope.TABLES
    kinds: ClassVar = frozenset({Kind.FILES, Kind.CHANGES})

    def begin(self, lake: Any, _ledger: Any, own: Mapping[str, Any]) -> Pipeline:
        return self.fill(lake, **own)


@dataclass(frozen=True)
class Command:
    """Work beside the lake, such as making sample data; `build` takes the parameters and returns what to tell."""

    name: str
    build: Callable[..., str]
    parameters: Sequence[Parameter] = ()
    scope: ClassVar = Scope.OUTSIDE
    kinds: ClassVar = frozenset[Kind]()
    board: ClassVar = ""

    def begin(self, _lake: Any, _ledger: Any, own: Mapping[str, Any]) -> str:
        return self.build(**own)


@dataclass(frozen=True)
class MaintenanceJob:
    """Work on a lake as it is: `build` takes the lake, the ledger of the run and the parameters, and returns what to tell.

    It records in the ledger what it did to which table.
    """

    name: str
    build: Callable[..., str]
    parameters: Sequence[Parameter] = ()
    scope: ClassVar = Scope.LAKE
    kinds: ClassVar = frozenset[Kind]()
    board: ClassVar = ""

    def begin(self, lake: Any, ledger: Any, own: Mapping[str, Any]) -> str:
        return self.build(lake, ledger, **own)


# Each begins with the lake, the ledger of the run and the values of its own parameters: it returns what to tell, or what is to run.
Declared = Job | Pipeline | JobTemplate | Command | MaintenanceJob
