"""The input files of a job, and their state in the ledger."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cached_property
from typing import Any

from jobs.runtime.errors import NoRows
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ingest import file_readers
from jobs.runtime.ingest.file_plan import FilePlan, KnownFiles, plan_files
from jobs.runtime.ingest.publish_and_recover import Recovery
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.storage.listing import File, list_files
from schemas.table import Table


def matches_job(path: str, job: Job) -> bool:
    """Whether the name of the file or of its folder matches the job's file pattern. No pattern matches every file."""
    return not job.files or any(fnmatch(name, job.files) for name in path.split("/")[-2:])


def unmatched_file_warnings(jobs: Sequence[Job], values: Mapping[str, Any]) -> list[str]:
    """Warnings for input files that match no job's file pattern; none if no job has a pattern."""
    jobs, paths = [job for job in jobs if job.files], list[str]()
    with suppress(NoRows):
        paths += (
            [
                file.path
                for file in list_files(values["input"])[0]
                if not any(matches_job(file.path, job) for job in jobs)
            ]
            if jobs
            else []
        )
    return [f"{path} matches no job's file pattern: {' or '.join(job.files for job in jobs)}" for path in paths]


@dataclass(frozen=True)
class InputFiles:
    """The input files of a job that ingests into a table. `base` is the snapshot of main when the run started."""

    job: Job
    rejects: Table
    base: int | None
    values: Mapping[str, Any]
    lake: Lake
    ledger: Ledger

    @cached_property
    def recovery(self) -> Recovery:
        return Recovery.of(self.job, self.rejects, self.base, self.lake, self.ledger)

    def recover(self) -> KnownFiles:
        """Complete interrupted runs and return the state of each file. A dry run completes and records nothing."""
        if self.values["dry_run"]:
            return replace(self.recovery.known_files(), pending_states=[])
        self.recovery.complete_interrupted_runs()
        return self.recovery.known_files()

    def plan(self, known: KnownFiles) -> FilePlan:
        """Plan what to do with the files.

        Raises NoRows if there are no files and some are required, BadInput if a file is too large.
        """
        plan = plan_files(
            known, *self._list(), [path for path in self.values["withdraw"] or () if matches_job(path, self.job)]
        )
        file_readers.check_file_sizes(plan.delivered, self.values["max_file_bytes"])
        return plan

    def changed_files(self, delivered: Sequence[File]) -> list[str]:
        """The paths of files that changed since they were listed: their header and rows may be of two versions."""
        current = set[File]()
        with suppress(NoRows):
            current.update(self._list()[0])
        return [file.path for file in delivered if file not in current]

    def _list(self) -> tuple[list[File], list[str]]:
        try:
            listed, skipped = list_files(self.values["input"])
            return [file for file in listed if matches_job(file.path, self.job)], skipped
        except NoRows:
            if self.values["withdraw"]:
                return [], []
            raise
