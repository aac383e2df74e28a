"""Stage delivered files into a clean table and its rejected table, and count every row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.day_set import DayRanges
from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.ingest import file_readers
from jobs.runtime.ingest.deduplication import ValidatedRows
from jobs.runtime.ingest.file_plan import FilePlan, KnownFiles, files_to_reread
from jobs.runtime.ingest.ingest_result import StagedFiles
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.ingest.retraction import Retraction
from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.ingest.time_zone_check import require_same_zones
from jobs.runtime.ingest.validate_rows import Validation, unchanged_files
from jobs.runtime.spark.threads import in_parallel
from jobs.runtime.storage.listing import File
from jobs.runtime.wording import count
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.validated_rows import rejected_rows

_FileStates = list[dict[str, Any]]


@dataclass(frozen=True)
class FileStager:
    """Stages the input files of a job into its tables."""

    input: InputFiles

    def stage(self, options: Mapping[str, Any]) -> StagedFiles | str:
        """Stage the rows of new and corrected files, and remove those of withdrawn files.

        Returns a message if there is nothing to stage. Raises NoRows if the input has no rows and some are required,
        BadInput if a file cannot be read or withdrawn.
        """
        known, files_read = self.input.recover(), list[File]()
        try:
            plan = self.input.plan(known)
            files_read += plan.delivered
            if not files_read and not plan.withdrawn:
                self.input.recovery.record(known.pending_states)
                was_any = known.taken or known.withdrawn or not self.input.job.files
                return f"nothing new: {'every file is already taken' if was_any else f'no file {self.input.job.files}'}"
            recorded_days = DayRanges.of(
                *(
                    (row.first_day, row.last_day)
                    for path, row in known.taken.items()
                    if path in plan.retracted and row.first_day
                )
            )
            table, published = self.input.job.writes, self.input.lake.frame(self.input.job.writes, self.input.base)
            retraction = Retraction.of(table, published, plan.retracted, within=recorded_days.on(table))
            reread = files_to_reread(known, plan.retracted, retraction.days)
            files_read += unchanged_files(reread, plan)
            return self._stage(plan, retraction, reread, options, known)
        except NoRows as error:
            if self.input.values["allow_empty"]:
                return f"nothing new: {error.args[0]}"
            raise
        except (PySparkException, Py4JJavaError) as error:
            raise file_readers.find_damaged_file(files_read, error) or error from error

    def _stage(
        self,
        plan: FilePlan,
        retraction: Retraction,
        reread: Sequence[Row],
        options: Mapping[str, Any],
        known: KnownFiles,
    ) -> StagedFiles:
        lake, rejects = self.input.lake, self.input.rejects
        rejects_base = lake.main(rejects)
        published_rejects = lake.frame(rejects, rejects_base)
        rejects_retraction = Retraction.of(
            rejects, published_rejects, plan.retracted, within=known.run_id_filter(plan.retracted)
        )
        validation = Validation(self.input.job, lake, self.input.values, options, self.input.ledger)
        rejected = published_rejects.filter(known.run_id_filter([row.path for row in reread]))
        rows, warnings = validation.validate(plan, reread, retraction, rejected)
        validated = ValidatedRows.of(rows, self.input.job.writes)
        require_same_zones(validated.rows, self.input.job, [options])
        counts = validated.row_counts
        empty = [file.path for file in plan.delivered if not counts.of_file(file.path).rows]
        self._check_not_empty(plan, empty, removes_rows=bool(retraction.rows or rejects_retraction.rows))
        delivered, withdrawn = self._record_staging(plan, counts, known)
        staged = self._commit(validated, retraction, rejects_retraction, rejects_base)
        kept_by_file = self._check_staged(plan, reread, counts, staged[1], rejects_retraction)
        file_warnings = [f"{path} is hidden, unfinished or a linked folder and was not read" for path in plan.skipped]
        file_warnings += [f"{count(len(empty), 'empty file')}, such as {empty[0]}"] if empty else []
        return StagedFiles(
            rejects,
            *staged,
            counts,
            kept_by_file,
            retraction.rows,
            delivered,
            withdrawn,
            reread,
            [*file_warnings, *warnings],
        )

    def _check_not_empty(self, plan: FilePlan, empty: Sequence[str], *, removes_rows: bool) -> None:
        """Raises NoRows if a correction is empty and would only remove rows, or if all files are empty."""
        emptied = [file.path for file in plan.corrected if file.path in empty]
        if emptied and removes_rows and not self.input.values["allow_empty"]:
            raise NoRows(
                f"{emptied[0]} was delivered again without rows, and its earlier rows would be removed; "
                "--withdraw removes them too"
            )
        if empty and len(empty) == len(plan.delivered) and not plan.retracted:
            raise NoRows(
                f"--input {self.input.values['input']}: no rows in {count(len(plan.delivered), 'file')}, "
                f"such as {plan.delivered[0].path}"
            )

    def _record_staging(self, plan: FilePlan, counts: RowCounts, known: KnownFiles) -> tuple[_FileStates, _FileStates]:
        """Record in the ledger that the files are being staged or withdrawn, and return their ledger values."""
        delivered = [_ledger_values(file, counts.of_file(file.path)) for file in plan.delivered]
        withdrawn = [
            {"path": file.path, "bytes": file.bytes, "version": file.version} for file in plan.withdrawn.values()
        ]
        states = [{**file, "state": "staging"} for file in delivered]
        states += [{**file, "state": "withdrawing"} for file in withdrawn]
        # One call, since each commit takes time.
        self.input.recovery.record([*known.pending_states, *states])
        return delivered, withdrawn

    def _commit(
        self,
        validated: ValidatedRows,
        retraction: Retraction,
        rejects_retraction: Retraction,
        rejects_base: int | None,
    ) -> tuple[Staged, Staged]:
        """Stage the clean and the rejected rows, and release the validated rows."""
        lake, table, rejects = self.input.lake, self.input.job.writes, self.input.rejects
        days = DayRanges.of(*((day, day) for day in validated.row_counts.good_days))
        published = retraction.remaining.filter(days.on(table)) if days else lake.frame(table, None)
        good, is_by_day = validated.without_published(published)
        clean, rejected = in_parallel(
            lake.spark,
            lambda: self._commit_table(table, good, self.input.base, retraction, is_by_day=is_by_day),
            lambda: self._commit_table(rejects, rejected_rows(validated.rows), rejects_base, rejects_retraction),
        )
        validated.release()
        return clean, rejected

    def _check_staged(
        self,
        plan: FilePlan,
        reread: Sequence[Row],
        counts: RowCounts,
        rejected: Staged,
        rejects_retraction: Retraction,
    ) -> dict[str, int]:
        """The number of staged rows by file. Raises BadInput if a file changed while it was read."""
        lake, run_id = self.input.lake, self.input.ledger.run_id
        unchanged_files(reread, plan)
        changed = self.input.changed_files(plan.delivered)
        staged = lake.staged_rows(self.input.job.writes, run_id)
        by_file = staged.groupBy("source_file").agg(F.count("*").alias("rows")).collect()
        kept_by_file = {row.source_file: row.rows for row in by_file}
        rejected_count = (
            lake.staged_rows(self.input.rejects, run_id).agg(F.count("*")).collect()[0][0]
            if rejects_retraction.rows
            else rejected.rows
        )
        if changed or rejected_count != counts.read - counts.good or sum(kept_by_file.values()) > counts.good:
            raise BadInput(
                f"{next(iter(changed), self.input.values['input'])} changed while it was read; "
                "no file was taken; run again"
            )
        return kept_by_file

    def _commit_table(
        self, table: Table, rows: DataFrame, base: int | None, retraction: Retraction, *, is_by_day: bool = False
    ) -> Staged:
        """Commit the rows. If rows are retracted, overwrite their days with the remaining and the new rows."""
        ledger = self.input.ledger
        run_columns = {RUN_ID.name: F.lit(ledger.run_id), RECEIVED_ON.name: F.lit(ledger.clock.date())}
        new_rows = rows.withColumns(run_columns).select(*table.names)
        all_rows = new_rows.unionByName(retraction.remaining_on_days) if retraction.rows else new_rows
        return self.input.lake.stage(
            table,
            all_rows,
            ledger.run_id,
            base=base,
            replaces=retraction.replaces,
            properties={},
            is_clustered=is_by_day and not retraction.rows,
        )


def _ledger_values(file: File, counts: RowCounts) -> dict[str, Any]:
    days = counts.good_days
    first, last = (days[0], days[-1]) if days else (None, None)
    return {
        "path": file.path,
        "bytes": file.bytes,
        "version": file.version,
        "rows": counts.read,
        "first_day": first,
        "last_day": last,
    }
