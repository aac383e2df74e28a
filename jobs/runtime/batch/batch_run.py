"""One run of a job or pipeline: stage every table, check it, publish what passed, and record the result."""

import json
import logging
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from jobs.runtime.batch import scheduler
from jobs.runtime.batch.dry_run import preview
from jobs.runtime.batch.progress import Progress
from jobs.runtime.batch.run_report import tell
from jobs.runtime.batch.stages import STAGES, Stage, StagedTables
from jobs.runtime.cdc.tables import tables_of
from jobs.runtime.errors import BadLake, Overtaken, Refused, Stopped
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.ingest.input_files import unread
from jobs.runtime.ingest.recovery import publish
from jobs.runtime.job import Job, Pipeline
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.masking import masked
from jobs.runtime.quality.gate import QualityGate
from jobs.runtime.storage import object_store


class Run:
    """One run of the jobs: everything is staged and checked first, then published in their order."""

    def __init__(
        self, job: Job | Pipeline, values: Mapping[str, Any], progress: Progress, lake: Lake, ledger: Ledger
    ) -> None:
        self.jobs, self.board, self.values, self.progress, self.lake, self.ledger = (
            job.jobs,
            job.board,
            values,
            progress,
            lake,
            ledger,
        )
        tables = {table.name: table for member in self.jobs for table in (*member.reads, *member.tables)}
        self.made = {table.name: table for member in self.jobs for table in member.tables}
        self.warnings = [
            *(f"{column} is not there yet, or narrower" for column in scheduler.ensured(self.jobs, lake)),
            *unread(self.jobs, values),
        ]
        # What is made is pinned before what it is made of: a run that publishes meanwhile is then seen when we publish.
        self.entries = {name: Entry(table, lake.main(table)) for name, table in reversed(tables.items())}
        self.found: dict[str, StagedTables] = {}
        self.gates = QualityGate(self.jobs, self.entries, lake, ledger)
        self.stage = Stage(lake, ledger, values, self.entries, self.gates, self.warnings)
        self.stopped: Stopped | None = None

    def work(self) -> None:
        made = [self.entries[name] for name in self.made]
        self.ledger.open(self.made.values())
        signal.signal(signal.SIGTERM, self._stop)
        try:
            scheduler.each(self.jobs, self._stage, self.lake.spark)
            with self.progress.step("expectations") as told:
                self.warnings += self.gates.judge()
                told.append(
                    f"{unfit} tables are refused"
                    if (unfit := sum(entry.status == "refused" for entry in made))
                    else "all that has to hold does"
                )
            if self.values["dry_run"]:
                self._preview()
            else:
                with self.progress.step("publish"):
                    self._publish()
        except BaseException as error:
            told_error = self.stopped or error
            self.gates.close()
            self._leave(made, told_error)
            raise told_error from error
        closed = self.ledger.close(made)
        if lacking := self._export() if self.values["export"] and not self.values["dry_run"] else None:
            closed = self.ledger.close(made)
        summary = {**closed, **self._tell(), "warnings": self.warnings, "seconds_of": self.progress.seconds_of}
        self.progress.summary(summary)
        if self.values["summary_json"]:
            object_store.write_text(self.values["summary_json"], json.dumps(summary, indent=2, default=str))
        if refused := [f"{entry.table.name} {entry.message}" for entry in made if entry.status == "refused"]:
            raise Refused("; ".join(refused))
        if lacking:
            raise BadLake(lacking)

    def _export(self) -> str | None:
        """Bring the files of all that it makes up to date, be there news or not: what they lack of an earlier run they get too. Returns why they are not."""
        from jobs.runtime.reporting.exports import exported  # of use to few runs

        columns = {
            table: job.exports if table == job.writes else {}
            for job in self.jobs
            for table in tables_of(job, self.lake)
        }
        try:
            with self.progress.step("export") as told:
                told.append(self.values["export"])
                done = exported(self.lake, columns, self.values["export"], self.values["export_format"])
        except Exception as error:
            if self.stopped:
                raise
            lacking = masked(
                f"the files in {self.values['export']} are not up to date: {(str(error) or type(error).__name__).splitlines()[0]}; run again"
            )
            self.warnings.append(lacking)
            for entry in (self.entries[name] for name in self.made):
                entry.message = entry.message or lacking
            return lacking
        for line in done:
            self.progress.say(f"    {line}")
        return None

    def _tell(self) -> dict[str, Any]:
        """The tables are published, and the run is closed: what goes wrong from here on is a warning."""
        published = [job.writes for job in self.jobs if self.entries[job.name].status == "published"]
        is_news = any(self.entries[name].status in ("published", "refused") for name in self.made)
        try:
            return tell(
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
            self.warnings.append(f"no report: {(str(error) or type(error).__name__).splitlines()[0]}")
            return {"report": None, "headlines": []}

    def _stop(self, *_: Any) -> None:
        logging.disable()  # py4j would log the call that this breaks off, and raise an error of its own
        self.stopped = Stopped("asked to end by SIGTERM; readers see only what was published whole: run it again")
        raise self.stopped

    def _stage(self, job: Job) -> None:
        with self.progress.step(job.name) as told:
            found = STAGES[job.kind](job, self.stage)
            told.append(found if isinstance(found, str) else self._ask(job, found))

    def _ask(self, job: Job, found: StagedTables) -> str:
        """Hold what was staged for a job against the suites of its tables."""
        entry, rejects = self.entries[job.name], job.rejects or job.writes
        self.found[job.name] = found
        self.warnings += found.warnings
        entry.counts, entry.problems = found.counts, dict(found.problems.most_common())
        for table, staged, where, beside in found.asked(self.lake, self.ledger, entry):
            self.entries[table.name].table, self.entries[table.name].staged = table, staged
            self.gates.ask(self.entries[table.name], staged, where, beside)
        if too_many := found.too_many_rejected(self.values.get("max_rejected_share", 1.0), self.ledger.kept(rejects)):
            entry.refuse(too_many)
            self.entries[rejects.name].refuse(too_many)
        return found.told

    def _publish(self) -> None:
        """Move main of every table that passed, in order; the first move decides between two runs. Raises Overtaken."""
        for entry in (self.entries[job.name] for job in self.jobs if self.entries[job.name].status == "staged"):
            self.lake.confirm(entry.table, entry.base)
        for job in self.jobs:
            found = self.found.get(job.name)
            for entry in (
                self.entries[table.name] for table in job.tables if self.entries[table.name].status == "staged"
            ):
                entry.status = "publishing"
                publish(self.lake, entry.table, job.rejects, self.ledger.run_id, found.paths if found else [])
                entry.status = "published"
            if found and (files := found.files(is_published=self.entries[job.name].status == "published")):
                self.ledger.record_files(job.writes, files)

    def _preview(self) -> None:
        """Tell what would change; what was staged to find that out goes."""
        for entry in (one for one in self.entries.values() if one.status == "staged"):
            entry.changes, entry.status = preview(self.lake, entry, self.ledger.run_id), "previewed"
            self.lake.drop(entry.table, self.ledger.run_id)
        self.progress.say("  nothing is published: --dry_run")
        for job in (one for one in self.jobs if one.name in self.found):
            if files := self.found[job.name].files(is_published=False):
                self.ledger.record_files(job.writes, files)

    def _leave(self, made: Sequence[Entry], error: BaseException) -> None:
        """Leave nothing half done behind, as far as the lake can still be reached, and record why."""
        with suppress(Exception):  # the error that ends the run is the one to tell
            # Once a clean table may be published its refused rows are owed too: the next run finds them on their branch.
            may_be = ("published",) if isinstance(error, Overtaken) else ("published", "publishing")
            owed = {
                table.name
                for job in self.jobs
                if job.rejects and self.entries[job.name].status in may_be
                for table in job.tables[1:]
            }
            for entry in (one for one in made if one.status != "published"):
                if entry.table.name not in owed:
                    self.lake.drop(entry.table, self.ledger.run_id)
                entry.fail(error)
            self.ledger.close(made)
