"""Complete or void interrupted runs, and publish the tables that ingest files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyspark.sql import functions as F

from jobs.runtime.errors import BadLake, Overtaken
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.rollback import roll_back, rolled_back_runs
from jobs.runtime.ingest.file_plan import KnownFiles, known_files
from jobs.runtime.ingest.retraction import Retraction
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from schemas.table import Table


@dataclass(frozen=True)
class Recovery:
    """The recovery of the tables of one job.

    Files are ingested into `table`, whose main branch was at snapshot `base`; their rejected rows go to `rejects`.
    `related` are further tables written from the same files.
    """

    table: Table
    rejects: Table
    base: int | None
    lake: Lake
    ledger: Ledger
    related: Sequence[Table] = ()

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

    def recover(self) -> KnownFiles:
        """Complete interrupted runs, record their file states, and return the state of each file."""
        self.complete_interrupted_runs()
        known = self.known_files()
        self.record(known.pending_states)
        return known

    def known_files(self) -> KnownFiles:
        """The state of each file. The history of main decides whether an interrupted run took its files.

        Raises BadLake if the table has rows but the ledger has no files for it.
        """
        recorded = self.ledger.files(self.table)
        # With related tables the rows are changes from a source: applying them again has no effect.
        if self.base is not None and not recorded and not self.related:
            raise BadLake(f"the ledger has no files of {self.table.name}, which has rows; run lake.rebuild_ledger")
        return known_files(recorded, self._published, set().union(*self._rollbacks.values()))

    def complete_interrupted_runs(self) -> None:
        """Bring the other tables to the state of `table` if a run or a restore was interrupted between tables."""
        for other in (*self.related, self.rejects) if self.base is not None else ():
            for rollback_id, runs in reversed(self._rollbacks.items()):
                if rollback_id not in self._run_ids(other, self.lake.main(other)):
                    roll_back(self.lake, other, self.lake.main(other), runs, rollback_id)
            staged = self._published.intersection(self.lake.runs_with_branch(other))
            unpublished = staged and staged - self._run_ids(other, self.lake.main(other))
            for run_id in sorted(unpublished):
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
    def _rollbacks(self) -> dict[str, set[str]]:
        return rolled_back_runs(self.lake, self.table, self.base)

    @cached_property
    def _published(self) -> set[str]:
        return self._run_ids(self.table, self.base)

    def _run_ids(self, table: Table, snapshot: int | None) -> set[str]:
        """The runs that committed to the history of a snapshot."""
        return {run_id for _, run_id in self.lake.snapshot_properties(table, snapshot, "run_id") if run_id}


def publish(lake: Lake, table: Table, rejects: Table | None, run_id: str, paths: Sequence[str]) -> None:
    """Publish what the run staged for a table.

    If maintenance has moved main of the `rejects` table since, the rejected rows of the files `paths` are staged again
    on top of main and published. This is skipped if the run's rows are already in main: a run presumed dead may have
    published them. It is also skipped if there are no `paths`: such a run only replayed rejected rows and can be
    repeated.
    """
    try:
        lake.publish(table, run_id)
    except Exception as error:
        if table != rejects:
            raise
        main, branch = lake.main(rejects), f"{run_id}_rebased"
        if run_id in {published for _, published in lake.snapshot_properties(rejects, main, "run_id")}:
            return
        if not isinstance(error, Overtaken):
            raise
        if not paths:
            return
        lake.drop_branch(rejects, branch)
        retraction = Retraction.of(rejects, lake.frame(rejects, main), paths, within=F.lit(True))
        rows = lake.staged_rows(rejects, run_id)
        all_rows = rows.unionByName(retraction.remaining_on_days) if retraction.rows else rows
        lake.stage(rejects, all_rows, branch, base=main, replaces=retraction.replaces, properties={"run_id": run_id})
        lake.publish(rejects, branch)
