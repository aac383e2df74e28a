"""The input of a job: the files that a run finds, and their state in the ledger."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cached_property
from typing import Any

from jobs.runtime.errors import NoRows
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.ingest import files
from jobs.runtime.ingest.deliveries import FilePlan, KnownFiles, plan_files
from jobs.runtime.ingest.recovery import Recovery
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.storage.listing import File, list_files
from schemas.table import Table


def is_of(path: str, job: Job) -> bool:
    """Whether the file is one of those that the job takes: by its name, or by that of its folder."""
    return not job.files or any(fnmatch(name, job.files) for name in path.split("/")[-2:])


def unread(jobs: Sequence[Job], values: Mapping[str, Any]) -> list[str]:
    """Warnings of files that no job takes, where each takes its own."""
    takers, paths = [job for job in jobs if job.files], list[str]()
    with suppress(NoRows):
        paths += (
            [file.path for file in list_files(values["input"])[0] if not any(is_of(file.path, job) for job in takers)]
            if takers
            else []
        )
    return [f"{path} is read by no job: it is not called {' or '.join(job.files for job in takers)}" for path in paths]


@dataclass(frozen=True)
class InputFiles:
    """The input of a job that takes files, into a table that main had at `base`."""

    job: Job
    rejects: Table
    base: int | None
    values: Mapping[str, Any]
    lake: Lake
    ledger: Ledger

    @cached_property
    def settling(self) -> Recovery:
        return Recovery.of(self.job, self.rejects, self.base, self.lake, self.ledger)

    def settled(self) -> KnownFiles:
        """What is known of each file; a dry run finishes and records nothing of what others left open."""
        if self.values["dry_run"]:
            return replace(self.settling.decided(), ends=[])
        self.settling.finish()
        return self.settling.decided()

    def planned(self, settled: KnownFiles) -> FilePlan:
        """What to do with the files. Raises NoRows where none is there and has to be, BadInput for one that is too large."""
        plan = plan_files(
            settled, *self._listed(), [path for path in self.values["withdraw"] or () if is_of(path, self.job)]
        )
        files.refuse_larger(plan.delivered, self.values["max_file_bytes"])
        return plan

    def changed(self, delivered: Sequence[File]) -> list[str]:
        """The files that are no longer what they were when they were listed: their beginning and their rows may be of two versions."""
        there = set[File]()
        with suppress(NoRows):
            there.update(self._listed()[0])
        return [file.path for file in delivered if file not in there]

    def _listed(self) -> tuple[list[File], list[str]]:
        try:
            found, passed_over = list_files(self.values["input"])
            return [file for file in found if is_of(file.path, self.job)], passed_over
        except NoRows:
            if self.values["withdraw"]:
                return [], []
            raise
