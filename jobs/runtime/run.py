"""read -> build -> split rejects -> stage -> check -> publish -> record: the only actions on Spark."""

import json
import secrets
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

from pyspark.sql import DataFrame

from expectations.suites import suite
from jobs.parameters import resolve_as_of
from jobs.runtime import glue, quality, session
from jobs.runtime.arguments import parse
from jobs.runtime.errors import BadArgument, NoRows, Overtaken, Refused, Stopped, WeirError
from jobs.runtime.job import Job, Pipeline, Task
from jobs.runtime.lake import Lake, local_row, newest
from jobs.runtime.ledger import Entry, Ledger
from jobs.runtime.notices import notify
from jobs.runtime.progress import Progress
from jobs.sources import files
from jobs.sources.intake import Taken, new_files, take
from schemas.table import Table


def run(job: Job | Pipeline | Task) -> None:
    """The whole of a job script's `__main__`: ends the process with the code of how it went; on Glue, by raising."""
    on_glue = glue.is_glue()
    code = main(job, sys.argv[1:], on_glue=on_glue)
    if not on_glue:
        sys.exit(code)
    if code:
        raise SystemError(f"{job.name} ended with {code}; the line above says why")


def main(job: Job | Pipeline | Task, argv: Sequence[str], *, on_glue: bool = False, help_text: str = "") -> int:
    """Run the job: 0 published or nothing to do, 1 unexpected, 2 arguments or input, 3 refused, 4 overtaken, 143 stopped."""
    try:
        values, ignored = parse(job, argv, on_glue=on_glue, help_text=help_text)
        progress = Progress()
        if ignored:
            progress.say(f"left to Glue: {', '.join(ignored)}")
        if isinstance(job, Task):
            progress.say(job.build(**values))
        else:
            _execute(job, values, progress)
    except WeirError as error:
        notify(f"{job.name} ended with {error.code}", str(error))
        return error.code
    except Exception as error:
        traceback.print_exc()
        notify(f"{job.name} ended with 1", f"{type(error).__name__}: {error}".splitlines()[0])
        return 1
    return 0


def _execute(job: Job | Pipeline, values: Mapping[str, Any], progress: Progress) -> None:
    started = datetime.now(UTC)
    if job.reads_files and not values["allow_empty"]:
        files.list_files(values["input"])
    catalog = session.catalog(values["lake"], values["catalog"])
    progress.say(f"{job.name}: {values.get('input', 'the tables')} -> {values['lake']}")
    with progress.step("start Spark") as step:
        Thread(target=quality.warm_up, daemon=True).start()
        lake = Lake(session.start(catalog))
        line = session.line().glue
        step.result = f"Spark {lake.spark.version}, line {line}"
    signal.signal(signal.SIGTERM, _stop)
    run_id = f"{started:%Y%m%dt%H%M%S}_{secrets.token_hex(3)}"
    ledger = Ledger(lake, run_id, job.name, line, started, values["clock"] or started, values)
    _Run(job, values, progress, lake, ledger).work()


def _stop(*_: Any) -> None:
    raise Stopped("asked to end by SIGTERM; readers see what they saw before: run it again")


class _Run:
    """One run of the jobs: everything is staged and checked first, then published in their order."""

    def __init__(self, job: Job | Pipeline, values: Mapping[str, Any], progress: Progress, lake: Lake, ledger: Ledger) -> None:
        self.job, self.values, self.progress, self.lake, self.ledger = job, values, progress, lake, ledger
        self.entries = {table.name: Entry(table) for member in job.jobs for table in member.tables}
        self.pinned: dict[str, int | None] = {}
        self.taken: dict[str, Taken] = {}
        self.warnings: list[str] = []

    def work(self) -> None:
        self.ledger.open(entry.table for entry in self.entries.values())
        try:
            settled = {member.name: self.ledger.settle(member) for member in self.job.jobs if member.reads_files}
            self.pinned = {table.name: self.lake.main(table) for member in self.job.jobs for table in (*member.reads, *member.tables)}
            for member in self.job.jobs:
                with self.progress.step(member.name) as step:
                    step.result = self._take(member, settled[member.name]) if member.reads_files else self._rebuild(member)
            self._publish()
        except BaseException as error:
            told = error if isinstance(error, WeirError) else files.unreadable(error) or error
            self._end_early(told)
            raise told from error
        self.ledger.close(self.entries.values())
        self._summarise()
        refused = [f"{entry.table.name} {entry.message}" for entry in self.entries.values() if entry.status == "refused"]
        if refused:
            raise Refused("; ".join(refused))

    def _take(self, job: Job, taken: Mapping[str, files.File]) -> str:
        """Stage the files that are not taken yet."""
        try:
            new, warnings = new_files(self.values["input"], taken)
            self.warnings += warnings
            if not new:
                return f"nothing new: all {len(taken)} files are taken"
            reading = files.read(self.lake.spark, new, job.reads[0], **{name: self.values[name] for name in ("columns", "delimiter", "no_header")})
            self.warnings += reading.warnings
            found = self.taken[job.name] = take(job, new, reading.rows, self._options(job), self.lake, self.ledger)
        except NoRows as error:
            if self.values["allow_empty"]:
                return f"nothing new: {error}"
            raise
        numbers = {f"rows_{kind}": count for kind, count in found.counts.items()} | {"remarks": list(found.tally.remarks), "clock": self.ledger.clock}
        for table, staged in zip(job.tables, (found.kept, found.refused), strict=True):
            entry = self.entries[table.name]
            entry.staged = staged
            if table is job.writes:
                entry.counts, entry.problems = found.counts, dict(found.tally.problems.most_common())
            self._check(entry, self.lake.slice(table, self.ledger.run_id), {"run": local_row(self.lake.spark, numbers)})
        share = found.tally.rejected / found.tally.read
        if share > self.values["max_rejected_share"]:
            reasons = ", ".join(f"{count:,} {problem}" for problem, count in found.tally.problems.most_common(3))
            self._refuse(job, f"rejected {share:.1%} of the rows, more than --max_rejected_share {self.values['max_rejected_share']} ({reasons})")
        if any(self.entries[table.name].status == "refused" for table in job.tables):
            self._refuse(job, "was refused together with the rows of its files")
        return f"{found.counts['read']:,} rows read, {found.kept.rows:,} kept, {found.refused.rows:,} refused"

    def _rebuild(self, job: Job) -> str:
        """Stage a table made of tables, in full, unless it was made of the same before."""
        entry = self.entries[job.writes.name]
        refused = [table.name for table in job.reads if table.name in self.entries and self.entries[table.name].status == "refused"]
        if refused:
            entry.status, entry.message = "refused", f"reads {', '.join(refused)}, which was refused"
            return entry.message
        entry.inputs = {table.name: self._snapshot(table) for table in job.reads}
        frames = {table.stem: self._frame(table) for table in job.reads}
        options = self._options(job)
        consumed = {"inputs": entry.inputs, "version": job.version, "parameters": {name: str(value) for name, value in options.items()}}
        before = json.loads(self.lake.notes(job.writes, self.pinned[job.writes.name]).get("consumed", "{}"))
        if before == consumed and not self.values["full"]:
            return "nothing new: its inputs are as they were"
        zones = before.get("parameters", {}).get("time_zone"), consumed["parameters"].get("time_zone")
        if before and zones[0] != zones[1] and not self.values["full"]:
            raise BadArgument(f"{job.name} is published in {zones[0]}; --full rebuilds it with --time_zone {zones[1]}")
        entry.staged = self.lake.stage(job.writes, job.build(**frames, **options), self.ledger.run_id, replaces=True, notes={"consumed": json.dumps(consumed)})
        entry.as_of = options.get("as_of")
        self._check(entry, self.lake.staged(job.writes, self.ledger.run_id), {**frames, "run": local_row(self.lake.spark, options)})
        return f"{entry.staged.rows:,} rows"

    def _snapshot(self, table: Table) -> int | None:
        """What this run reads of a table: what it staged itself, else main as it was at the start."""
        staged = self.entries[table.name].staged if table.name in self.entries else None
        return staged.snapshot if staged else self.pinned[table.name]

    def _frame(self, table: Table) -> DataFrame:
        is_staged = table.name in self.entries and self.entries[table.name].staged
        return self.lake.staged(table, self.ledger.run_id) if is_staged else self.lake.frame(table, self.pinned[table.name])

    def _options(self, job: Job) -> dict[str, Any]:
        """The arguments of `build` that are no tables."""
        options = {name: value for name, value in self.values.items() if name in job.takes}
        if "clock" in job.takes:
            options["clock"] = self.ledger.clock
        if "as_of" in job.takes:
            times = (newest(self._frame(table), table.time) for table in job.reads if table.time)
            last = max(filter(None, times), default=None)
            options["as_of"] = resolve_as_of(self.values["as_of"], zone=self.values["time_zone"], clock=self.ledger.clock, newest=last)
        return options

    def _check(self, entry: Entry, frame: DataFrame, views: Mapping[str, DataFrame]) -> None:
        entry.outcomes = quality.check(entry.table, suite(entry.table), frame, entry.staged.rows if entry.staged else 0, views)
        failed = [outcome for outcome in entry.outcomes if not outcome.success]
        self.warnings += [f"{entry.table.name}: not {outcome.name} ({outcome.observed})" for outcome in failed if outcome.severity != "critical"]
        critical = [f"{outcome.name} ({outcome.observed})" for outcome in failed if outcome.severity == "critical"]
        entry.status = "refused" if critical else "staged"
        if critical:
            branch = f"the rows are on branch {self.lake.branch(self.ledger.run_id)}"
            entry.message = f"does not hold: {'; '.join(critical)}; {branch}"

    def _refuse(self, job: Job, why: str) -> None:
        for table in job.tables:
            entry = self.entries[table.name]
            if entry.status != "refused":
                entry.status, entry.message = "refused", f"{why}; the rows are on branch {self.lake.branch(self.ledger.run_id)}"

    def _publish(self) -> None:
        """Move main of every table that passed, in their order; the first move decides between two runs."""
        for job in self.job.jobs:
            for entry in (self.entries[table.name] for table in job.tables if self.entries[table.name].status == "staged"):
                self.lake.publish(entry.table, self.ledger.run_id)
                entry.status = "published"
            if job.name in self.taken:
                state = "taken" if self.entries[job.name].status == "published" else "void"
                self.ledger.record_files(job.writes, state, self.taken[job.name].files)
        for entry in self.entries.values():
            if entry.status == "published":
                self.lake.drop(entry.table, self.ledger.run_id)

    def _end_early(self, error: BaseException) -> None:
        """Leave nothing half done behind, as far as the lake can still be reached, and say so in the ledger."""
        status = {Overtaken: "overtaken", Stopped: "stopped"}.get(type(error), "failed")
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        with suppress(Exception):  # the error that ends the run is the one to tell
            for entry in self.entries.values():
                if entry.staged and entry.status != "published":
                    self.lake.drop(entry.table, self.ledger.run_id)
                if entry.status != "published":
                    entry.status, entry.message = status, message
            self.ledger.close(self.entries.values())

    def _summarise(self) -> None:
        summary = self.ledger.summary(self.entries.values(), self.warnings)
        self.progress.summary(summary)
        if self.values["summary_json"]:
            Path(self.values["summary_json"]).write_text(json.dumps(summary, indent=2, default=str))
