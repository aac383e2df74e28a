"""The files that a run finds in its input, and what is known of them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from jobs.runtime.errors import NoRows
from jobs.runtime.job import Job
from jobs.runtime.lake import Lake
from jobs.runtime.ledger import Ledger
from jobs.sources import files
from jobs.sources.deliveries import Known, Plan, planned
from jobs.sources.places import File, list_files
from jobs.sources.settling import Settling
from schemas.table import Table


@dataclass(frozen=True)
class Inbox:
    """The input of a job that takes files, into a table that main had at `base`."""

    job: Job
    rejects: Table
    base: int | None
    values: Mapping[str, Any]
    lake: Lake
    ledger: Ledger

    @cached_property
    def settling(self) -> Settling:
        return Settling.of(self.job, self.rejects, self.base, self.lake, self.ledger)

    def settled(self) -> Known:
        """What is known of each file; a dry run finishes and records nothing of what others left open."""
        if self.values["dry_run"]:
            return replace(self.settling.decided(), ends=[])
        self.settling.finish()
        return self.settling.decided()

    def planned(self, settled: Known) -> Plan:
        """What to do with the files. Raises NoRows where none is there and has to be, BadInput for one that is too large."""
        plan = planned(settled, *self._listed(), self.values["withdraw"] or ())
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
            return list_files(self.values["input"])
        except NoRows:
            if self.values["withdraw"]:
                return [], []
            raise
