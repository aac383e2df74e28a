"""One run of a job or pipeline: stage every table, check it, publish what passed, and record the result."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from jobs.runtime.batch import scheduler
from jobs.runtime.batch.board_report import write_report
from jobs.runtime.batch.progress import Progress
from jobs.runtime.batch.publish_preview import preview
from jobs.runtime.batch.stage_job import STAGES, StagedTables, StagingContext
from jobs.runtime.cdc.source_catalog import drop_unpublished_declarations, tables_of
from jobs.runtime.errors import BadLake, Overtaken, Refused, Stopped
from jobs.runtime.export_layout import ExportLayout
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ingest.input_files import unmatched_file_warnings
from jobs.runtime.ingest.publish_and_recover import publish
from jobs.runtime.job import Job, Pipeline
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.quality.gate import QualityGate
from jobs.runtime.redaction import mask
from jobs.runtime.spark.threads import wait_at_most
from jobs.runtime.stopping import StopRequest, seconds_to_record
from jobs.runtime.storage import object_store
from jobs.runtime.streaming.publication_batch import PublicationBatch
from jobs.runtime.wording import count


class Run:
    """One run of the jobs: all tables are staged and checked first, then published in dependency order."""

    def __init__(
        self,
        job: Job | Pipeline | PublicationBatch,
        values: Mapping[str, Any],
        progress: Progress,
        lake: Lake,
        ledger: Ledger,
    ) -> None:
        self.jobs, self.board, self.values = cast(Sequence[Any], job.jobs), job.board, values
        self.progress, self.lake, self.ledger = progress, lake, ledger
        tables = {table.name: table for member in self.jobs for table in (*member.inputs, *member.tables)}
        self.outputs = {table.name: table for member in self.jobs for table in member.tables}
        self.warnings = [
            *(f"{column} is missing or narrower" for column in scheduler.create_tables(self.jobs, lake)),
            *unmatched_file_warnings(self.jobs, values),
        ]
        # Pins outputs before their inputs, so that publishing detects a run that published in between.
        self.entries = {name: Entry(table, lake.main(table)) for name, table in reversed(tables.items())}
        self.staged_tables: dict[str, StagedTables] = {}
        self.gate = QualityGate(self.jobs, self.entries, lake, ledger)
        self.context = StagingContext(lake, ledger, values, self.entries, self.gate, self.warnings)
        self.stop_request: StopRequest | None = None

    @property
    def stopped(self) -> Stopped | None:
        return self.stop_request.error if self.stop_request else None

    def execute(self) -> None:
        """Stage, check, publish and record. Raises Refused, Overtaken, Stopped, or the error that ended the run."""
        outputs = [self.entries[name] for name in self.outputs]
        self.ledger.open(self.outputs.values())
        # A run within a stream is not in the main thread, which alone is interrupted by a signal.
        self.stop_request = self.stop_request or StopRequest(
            "stopped by SIGTERM; readers see only complete tables: run it again"
        )
        try:
            self._stage_and_check(outputs)
            if self.values["dry_run"]:
                self._preview()
            else:
                with self.progress.step("publish"):
                    self._publish()
        except BaseException as error:
            cause = self.stopped or error
            self.gate.close(cause)
            self._clean_up(outputs, cause)
            raise cause from error
        self._finish(outputs)

    def _stage_and_check(self, outputs: Sequence[Entry]) -> None:
        scheduler.run_jobs(self.jobs, self._stage, self.lake.spark)
        with self.progress.step("expectations") as notes:
            self.warnings += self.gate.evaluate()
            refused = sum(entry.status == "refused" for entry in outputs)
            notes.append(f"{count(refused, 'table')} refused" if refused else "no table refused")

    def _finish(self, outputs: Sequence[Entry]) -> None:
        """Record the end of the run, export files, write the report and print the summary."""
        closed = self.ledger.close(outputs)
        drop_unpublished_declarations(self.lake, outputs)
        if export_error := self._export() if self.values["export"] and not self.values["dry_run"] else None:
            closed = self.ledger.close(outputs)
        summary = {
            **closed,
            **self._write_report(),
            "warnings": self.warnings,
            "seconds_of": self.progress.seconds_of,
        }
        self.progress.summary(summary)
        if self.values["summary_json"]:
            object_store.write_text(self.values["summary_json"], json.dumps(summary, indent=2, default=str))
        if refused := _refusals(outputs):
            raise Refused(refused)
        if export_error:
            raise BadLake(export_error)

    def _export(self) -> str | None:
        """Update the exported files of all output tables, changed or not. This also completes an earlier failed export.

        Returns the error message, or None.
        """
        from jobs.runtime.reporting.table_exports import export_tables  # few runs export

        layouts = {
            table: job.exports if table == job.writes else ExportLayout()
            for job in self.jobs
            for table in tables_of(job, self.lake)
        }
        try:
            with self.progress.step("export") as notes:
                notes.append(self.values["export"])
                lines = export_tables(self.lake, layouts, self.values["export"], self.values["export_format"])
        except Exception as error:
            if self.stopped:
                raise
            message = mask(f"the files in {self.values['export']} are not up to date: {_first_line(error)}; run again")
            self.warnings.append(message)
            for entry in (self.entries[name] for name in self.outputs):
                entry.message = entry.message or message
            return message
        for line in lines:
            self.progress.print(f"    {line}")
        return None

    def _write_report(self) -> dict[str, Any]:
        """The report and its headlines. The run is already published and recorded, so an error becomes a warning."""
        published = [job.writes for job in self.jobs if self.entries[job.name].status == "published"]
        is_news = any(self.entries[name].status in ("published", "refused") for name in self.outputs)
        try:
            return write_report(
                self.lake,
                self.board,
                published,
                self.values,
                self.progress,
                is_news=is_news and not self.values["dry_run"],
            )
        except Exception as error:
            if self.stopped:
                raise
            self.warnings.append(f"no report: {_first_line(error)}")
            return {"report": None, "headlines": []}

    def _stage(self, job: Job) -> None:
        with self.progress.step(job.name) as notes:
            staged = STAGES[job.kind](job, self.context)
            notes.append(staged if isinstance(staged, str) else self._submit_checks(job, staged))

    def _submit_checks(self, job: Job, staged: StagedTables) -> str:
        """Submit the staged rows of a job to the quality gate. Returns the message for the progress line."""
        entry, rejects = self.entries[job.name], job.rejects or job.writes
        self.staged_tables[job.name] = staged
        self.warnings += staged.warnings
        entry.counts, entry.problems = staged.counts, dict(staged.problems.most_common())
        for checked in staged.slices(self.lake, self.ledger, entry):
            output = self.entries[checked.table.name]
            output.table, output.staged = checked.table, checked.staged
            self.gate.submit(output, checked)
        max_share, hint = self.values.get("max_rejected_share", 1.0), self.ledger.kept_rows_hint(rejects)
        if reason := staged.too_many_rejected(max_share, hint):
            entry.refuse(reason)
            self.entries[rejects.name].refuse(reason)
        return staged.message

    def _publish(self) -> None:
        """Fast-forward main of every table that passed, in order. The first one decides between two runs.

        Raises Overtaken.
        """
        for entry in (self.entries[job.name] for job in self.jobs if self.entries[job.name].status == "staged"):
            self.lake.require_main(entry.table, entry.base)
        for job in self.jobs:
            staged = self.staged_tables.get(job.name)
            for entry in (
                self.entries[table.name] for table in job.tables if self.entries[table.name].status == "staged"
            ):
                entry.status = "publishing"
                publish(self.lake, entry.table, job.rejects, self.ledger.run_id, staged.paths if staged else [])
                entry.status = "published"
            if staged and (files := staged.files(is_published=self.entries[job.name].status == "published")):
                self.ledger.record_files(job.writes, files)

    def _preview(self) -> None:
        """Count what publishing would change, then drop the staged branches."""
        for entry in (candidate for candidate in self.entries.values() if candidate.status == "staged"):
            entry.changes, entry.status = preview(self.lake, entry, self.ledger.run_id), "previewed"
            self.lake.drop_branch(entry.table, self.ledger.run_id)
        self.progress.print("  nothing is published: --dry_run")
        for job in (member for member in self.jobs if member.name in self.staged_tables):
            if files := self.staged_tables[job.name].files(is_published=False):
                self.ledger.record_files(job.writes, files)

    def _clean_up(self, outputs: Sequence[Entry], error: BaseException) -> None:
        """Drop the branches of unpublished tables and record the error, as far as the lake can still be reached.

        A stopped run has few seconds: its branches stay until maintenance, and where the ledger takes longer its status
        stays `started`, as after a crash.
        """
        with suppress(Exception):  # report the error that ended the run, not one of the clean-up
            # Once a clean table may be published, the branch of its rejected rows is kept: the next run publishes it.
            may_be_published = ("published",) if isinstance(error, Overtaken) else ("published", "publishing")
            keep = {
                table.name
                for job in self.jobs
                if job.rejects and self.entries[job.name].status in may_be_published
                for table in job.tables[1:]
            }
            unpublished = [entry for entry in outputs if entry.status != "published"]
            for entry in unpublished:
                entry.fail(error)
            if isinstance(error, Stopped):
                wait_at_most(seconds_to_record(error), lambda: self.ledger.close(outputs))
                return
            for entry in unpublished:
                if entry.table.name not in keep:
                    self.lake.drop_branch(entry.table, self.ledger.run_id)
            drop_unpublished_declarations(self.lake, outputs)
            self.ledger.close(outputs)


def _refusals(outputs: Sequence[Entry]) -> str:
    """The reasons of all refused tables, each once."""
    tables: dict[str, list[str]] = {}
    for entry in outputs:
        if entry.status == "refused":
            tables.setdefault(entry.message or "", []).append(entry.table.name)
    return "; ".join(f"{' and '.join(names)} {message}" for message, names in tables.items())


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
