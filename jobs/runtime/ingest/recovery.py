"""Finish or void what an interrupted run left open, and publish the tables that take files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyspark.sql import functions as F

from jobs.runtime.errors import BadLake, Overtaken
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.iceberg.rollback import undo, undoings
from jobs.runtime.ingest.deliveries import KnownFiles, known_files
from jobs.runtime.ingest.retraction import Retraction
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from schemas.table import Table


@dataclass(frozen=True)
class Recovery:
    """The files that are taken into a `table`, which main had at `base`; what was refused of them is in `rejects`.

    `beside` are tables of the same files that go with it.
    """

    table: Table
    rejects: Table
    base: int | None
    lake: Lake
    ledger: Ledger
    beside: Sequence[Table] = ()

    @staticmethod
    def of(job: Job, rejects: Table, base: int | None, lake: Lake, ledger: Ledger) -> "Recovery":
        return Recovery(
            job.writes,
            rejects,
            base,
            lake,
            ledger,
            [table for table in job.tables if table not in (job.writes, rejects)],
        )

    def settle(self) -> KnownFiles:
        """What is known of each file, once what a run that died left open is finished and recorded."""
        self.finish()
        found = self.decided()
        self.record(found.ends)
        return found

    def decided(self) -> KnownFiles:
        """What is known of each file. Of what a run that died left open main of the table decides: see `known`."""
        recorded = self.ledger.files(self.table)
        if (
            self.base is not None and not recorded and not self.beside
        ):  # changes that are applied once more change nothing
            raise BadLake(f"the ledger knows no file of {self.table.name}, which has rows; run lake.rebuild_ledger")
        return known_files(recorded, self._published, set().union(*self._undoings.values()))

    def finish(self) -> None:
        """Let the other tables be those of the runs that main of the table names, where a run or a restore ended between two of them."""
        for other in (*self.beside, self.rejects) if self.base is not None else ():
            for by, runs in reversed(self._undoings.items()):
                if by not in self._named(other, self.lake.main(other)):
                    undo(self.lake, other, self.lake.main(other), runs, by)
            left_open = self._published.intersection(self.lake.runs_with_branch(other))
            owed = left_open and left_open - self._named(other, self.lake.main(other))
            for run_id in sorted(owed):
                publish(
                    self.lake,
                    other,
                    self.rejects,
                    run_id,
                    [row.path for row in self.ledger.files(self.table) if row.run_id == run_id],
                )

    def record(self, states: Sequence[Mapping[str, Any]]) -> None:
        if states:
            self.ledger.record_files(self.table, states)

    @cached_property
    def _undoings(self) -> dict[str, set[str]]:
        return undoings(self.lake, self.table, self.base)

    @cached_property
    def _published(self) -> set[str]:
        return self._named(self.table, self.base)

    def _named(self, table: Table, snapshot: int | None) -> set[str]:
        """The runs whose commits are in the history of a snapshot."""
        return {run_id for _, run_id in self.lake.snapshot_properties(table, snapshot, "run_id") if run_id}


def publish(lake: Lake, table: Table, rejects: Table | None, run_id: str, paths: Sequence[str]) -> None:
    """Publish what the run staged of a table. What it refused of these files, where main has moved by care or compaction, on top of what it is now.

    A run that was not dead may have done so meanwhile. What has no files only judged rows again, and does so once more.
    """
    try:
        lake.publish(table, run_id)
    except Exception as error:
        if table != rejects:
            raise
        main, anew = lake.main(rejects), f"{run_id}_anew"
        if run_id in {named for _, named in lake.snapshot_properties(rejects, main, "run_id")}:
            return
        if not isinstance(error, Overtaken):
            raise
        if not paths:
            return
        lake.drop(rejects, anew)
        leaving = Retraction.of(rejects, lake.frame(rejects, main), paths, within=F.lit(True))
        rows = lake.slice(rejects, run_id)
        all_rows = rows.unionByName(leaving.stays_beside) if leaving.rows else rows
        lake.stage(rejects, all_rows, anew, base=main, replaces=leaving.replaces, notes={"run_id": run_id})
        lake.publish(rejects, anew)
