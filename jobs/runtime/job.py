"""The words in which a job is declared."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.table import Table


@dataclass(frozen=True)
class Parameter:
    """One option of a job: `--name value` everywhere. `read` turns the text into the value or raises ValueError.

    A parameter whose `read` is `bool` is a flag and takes no value. With `is_required` there is no default.
    """

    name: str
    read: Callable[[str], Any]
    default: Any = None
    help: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class Job:
    """Makes one table: `build` is called with the frames of `reads` and those parameters that its signature names.

    `rejects` is where rows with `problems` go, for a job that reads delivered files.
    `version` is raised when the same input gives another answer; the table is then rebuilt in full.
    """

    reads: Sequence[Table]
    build: Callable[..., Any]
    writes: Table
    rejects: Table | None = None
    parameters: Sequence[Parameter] = ()
    version: int = 1

    @property
    def name(self) -> str:
        return self.writes.name

    @property
    def jobs(self) -> "tuple[Job, ...]":
        return (self,)

    @property
    def tables(self) -> list[Table]:
        return [self.writes, self.rejects] if self.rejects else [self.writes]

    @property
    def takes(self) -> set[str]:
        return set(inspect.signature(self.build).parameters)

    @property
    def reads_files(self) -> bool:
        return self.rejects is not None


@dataclass(frozen=True)
class Pipeline:
    """Jobs of a domain that run in one session, in the order of what they read and write."""

    name: str
    members: Sequence[Job]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The members in an order in which every table is made before it is read."""
        ordered: list[Job] = []
        waiting = list(self.members)
        while waiting:
            unmade = {job.writes.name for job in waiting}
            ready = [job for job in waiting if not unmade & {table.name for table in job.reads}]
            if not ready:
                raise ValueError(f"{self.name}: {sorted(unmade)} read each other in a circle")
            ordered += ready
            waiting = [job for job in waiting if job not in ready]
        return tuple(ordered)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        by_name = {parameter.name: parameter for job in self.members for parameter in job.parameters}
        return tuple(by_name.values())

    @property
    def reads_files(self) -> bool:
        return any(job.reads_files for job in self.members)


@dataclass(frozen=True)
class Task:
    """Work beside the lake, such as making sample data: `build` is called with the parameters."""

    name: str
    build: Callable[..., str]
    parameters: Sequence[Parameter] = ()
