"""Stage delivered files into a clean table and its rejected table, and count every row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import DayRanges
from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.iceberg.lake import Lake, rows_of
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.ingest import files
from jobs.runtime.ingest.deliveries import FilePlan, KnownFiles, to_read_again
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.ingest.retraction import Retraction
from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.ingest.validated_rows import ValidatedRows
from jobs.runtime.ingest.validation import Validation, sources
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.quality.baselines import views
from jobs.runtime.spark.local_frames import View
from jobs.runtime.spark.threads import in_parallel
from jobs.runtime.storage.listing import File
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.intake import refused_rows


@dataclass(frozen=True)
class StagedFiles:
    """What a run staged. Of files that were read again it has only the rows that may come back."""

    rejects: Table
    kept: Staged
    refused: Staged
    tally: RowCounts
    kept_of: Mapping[str, int]
    replaced: int
    delivered: Sequence[Mapping[str, Any]]
    withdrawn: Sequence[Mapping[str, Any]]
    read_again: Sequence[Row]
    warnings: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """read = kept + rejected + duplicate + late."""
        tally, kept = self.tally, sum(self.kept_of.values())
        return {
            "read": tally.read,
            "kept": kept,
            "rejected": tally.rejected,
            "duplicate": tally.good - kept,
            "late": tally.late,
            "replaced": self.replaced,
        }

    @property
    def problems(self) -> Counter[str]:
        return self.tally.problems

    def asked(self, lake: Lake, ledger: Ledger, entry: Entry) -> list[tuple[Table, Staged, str, Mapping[str, View]]]:
        """What the suites of the tables ask: which rows, for which it holds, beside which views."""
        entry.staged = self.kept
        beside = views(lake, ledger, entry, self.counts, self.tally.remarks)
        return [
            (table, staged, rows_of(ledger.run_id), beside)
            for table, staged in ((entry.table, self.kept), (self.rejects, self.refused))
        ]

    @property
    def told(self) -> str:
        replaced = f", {self.replaced:,} replaced" if self.replaced else ""
        return f"{self.tally.read:,} rows read, {self.counts['kept']:,} kept, {self.tally.read - self.tally.good:,} refused{replaced}"

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:
        """Why the run is refused, when more than the `allowed` share of its rows was rejected; `kept` says where its rows are."""
        share = (self.tally.rejected - self.tally.problems["forgotten"]) / max(
            self.tally.read, 1
        )  # these say nothing of the files
        if share <= allowed:
            return None
        reasons = ", ".join(f"{rows:,} {problem}" for problem, rows in self.tally.problems.most_common(3))
        return f"rejected {share:.1%} of the rows, more than --max_rejected_share {allowed} ({reasons}); {kept}"

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:
        """What the ledger is told of the files when it is known whether their rows are published."""
        if not is_published:
            return [{**file, "state": "void"} for file in (*self.delivered, *self.withdrawn)]
        taken = [
            {**file, "state": "taken", "duplicates": self._dropped(file["path"], self.tally.of(file["path"]).good)}
            for file in self.delivered
        ]
        # A file that was read again stays what its own run took; fewer of its rows are duplicates now.
        again = [
            {**row.asDict(), "state": "taken", "duplicates": row.duplicates and self._dropped(row.path, row.duplicates)}
            for row in self.read_again
        ]
        return [*taken, *({**file, "state": "withdrawn"} for file in self.withdrawn), *again]

    @property
    def paths(self) -> list[str]:
        return [file["path"] for file in (*self.delivered, *self.withdrawn)]

    def _dropped(self, path: str, good: int) -> int:
        return good - self.kept_of.get(path, 0)


@dataclass(frozen=True)
class Intake:
    """Files of the input into the table of a job."""

    inbox: InputFiles

    def take(self, options: Mapping[str, Any]) -> StagedFiles | str:
        """Stage the rows of files that are new or changed, and without those that are withdrawn; or say why there is nothing to stage.

        Raises NoRows where the input holds none and has to, BadInput where a file cannot be read or withdrawn.
        """
        settled, reading = self.inbox.settled(), list[File]()
        try:
            plan = self.inbox.planned(settled)
            reading += plan.delivered
            if not reading and not plan.withdrawn:
                self.inbox.settling.record(settled.ends)
                return "nothing new: every file is taken"
            recorded = DayRanges.of(
                *(
                    (row.first_day, row.last_day)
                    for path, row in settled.taken.items()
                    if path in plan.gone and row.first_day
                )
            )
            table, published = self.inbox.job.writes, self.inbox.lake.frame(self.inbox.job.writes, self.inbox.base)
            leaving = Retraction.of(table, published, plan.gone, within=recorded.on(table))
            again = to_read_again(settled, plan.gone, leaving.days)
            reading += sources(again, plan)
            return self._stage(plan, leaving, again, options, settled)
        except NoRows as error:
            if self.inbox.values["allow_empty"]:
                return f"nothing new: {error.args[0]}"
            raise
        except (PySparkException, Py4JJavaError) as error:
            raise files.damaged(reading, error) or error from error

    def _stage(
        self, plan: FilePlan, leaving: Retraction, again: Sequence[Row], options: Mapping[str, Any], settled: KnownFiles
    ) -> StagedFiles:
        job, lake, run_id = self.inbox.job, self.inbox.lake, self.inbox.ledger.run_id
        refused_before = lake.main(self.inbox.rejects)
        refused_table = lake.frame(self.inbox.rejects, refused_before)
        refused_leaving = Retraction.of(self.inbox.rejects, refused_table, plan.gone, within=settled.since(plan.gone))
        judging = Validation(job, lake, self.inbox.values, options, self.inbox.ledger)
        found, warnings = judging.judged(
            plan, again, leaving, refused_table.filter(settled.since([row.path for row in again]))
        )
        held = ValidatedRows.of(found, job.writes)
        tally = held.tally
        empty = [file.path for file in plan.delivered if not tally.of(file.path).rows]
        emptied = [file.path for file in plan.corrected if file.path in empty]
        if emptied and (leaving.rows or refused_leaving.rows) and not self.inbox.values["allow_empty"]:
            raise NoRows(
                f"{emptied[0]} came again without rows, and those that it had would go; --withdraw takes them back too"
            )
        if empty and len(empty) == len(plan.delivered) and not plan.gone:
            raise NoRows(
                f"--input {self.inbox.values['input']}: no rows in {len(plan.delivered)} files, such as {plan.delivered[0].path}"
            )
        delivered = [_described(file, tally.of(file.path)) for file in plan.delivered]
        withdrawn = [
            {"path": file.path, "bytes": file.bytes, "version": file.version} for file in plan.withdrawn.values()
        ]
        states = [{**file, "state": "staging"} for file in delivered] + [
            {**file, "state": "withdrawing"} for file in withdrawn
        ]
        self.inbox.settling.record([*settled.ends, *states])  # as one: each commit costs
        days = DayRanges.of(*((day, day) for day in tally.good_days))
        there = leaving.stays.filter(days.on(job.writes)) if days else lake.frame(job.writes, None)
        good, is_by_day = held.kept(there)
        kept, refused = in_parallel(
            lake.spark,
            lambda: self._staged(job.writes, good, self.inbox.base, leaving, is_by_day=is_by_day),
            lambda: self._staged(self.inbox.rejects, refused_rows(held.rows), refused_before, refused_leaving),
        )
        held.release()
        sources(again, plan)
        changed = self.inbox.changed(plan.delivered)
        kept_of = {
            row.source_file: row.rows
            for row in lake.slice(job.writes, run_id).groupBy("source_file").agg(F.count("*").alias("rows")).collect()
        }
        staged = (
            lake.slice(self.inbox.rejects, run_id).agg(F.count("*")).collect()[0][0]
            if refused_leaving.rows
            else refused.rows
        )
        if changed or staged != tally.read - tally.good or sum(kept_of.values()) > tally.good:
            raise BadInput(
                f"{next(iter(changed), self.inbox.values['input'])} changed while it was read; nothing was taken, run again"
            )
        not_read = [f"{path} is hidden, unfinished or a linked folder and was not read" for path in plan.passed_over]
        not_read += [f"{len(empty)} empty files, such as {empty[0]}"] if empty else []
        return StagedFiles(
            self.inbox.rejects,
            kept,
            refused,
            tally,
            kept_of,
            leaving.rows,
            delivered,
            withdrawn,
            again,
            [*not_read, *warnings],
        )

    def _staged(
        self, table: Table, rows: DataFrame, base: int | None, leaving: Retraction, *, is_by_day: bool = False
    ) -> Staged:
        """Commit the rows; where others leave, in place of their days, together with what stays of these."""
        of_run = {RUN_ID.name: F.lit(self.inbox.ledger.run_id), RECEIVED_ON.name: F.lit(self.inbox.ledger.clock.date())}
        of_table = rows.withColumns(of_run).select(*table.names)
        all_rows = of_table.unionByName(leaving.stays_beside) if leaving.rows else of_table
        is_in_parts = is_by_day and not leaving.rows
        return self.inbox.lake.stage(
            table,
            all_rows,
            self.inbox.ledger.run_id,
            base=base,
            replaces=leaving.replaces,
            notes={},
            is_in_parts=is_in_parts,
        )


def _described(file: File, tally: RowCounts) -> dict[str, Any]:
    days = tally.good_days
    first, last = (days[0], days[-1]) if days else (None, None)
    return {
        "path": file.path,
        "bytes": file.bytes,
        "version": file.version,
        "rows": tally.read,
        "first_day": first,
        "last_day": last,
    }
