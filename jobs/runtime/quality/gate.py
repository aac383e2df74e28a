"""The quality gate of a run: check staged tables against their suites, refuse failed tables and their dependents."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.suites import suite
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Job, Kind
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry, ExpectationResult
from jobs.runtime.quality import suite_runner
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.redaction import mask
from jobs.runtime.spark import threads
from jobs.runtime.wording import count
from schemas.table import RAW_LINE, Table

_SUITES_AT_A_TIME = 2
_MAX_EXAMPLES = 3
_MAX_EXAMPLE_LENGTH = 200
# What an event of Debezium with its schema begins with.
_EVENT_SCHEMA = r'\A\{\s*"schema"\s*:.*?"payload"\s*:\s*'


class QualityGate:
    """Checks the output tables of a run, two suites at a time."""

    def __init__(self, jobs: Sequence[Job], entries: Mapping[str, Entry], lake: Lake, ledger: Ledger) -> None:
        self.jobs, self.entries, self.lake, self.ledger = jobs, entries, lake, ledger
        self.pool, self.lock = threads.thread_pool(_SUITES_AT_A_TIME, lake.spark), Lock()
        self.pending: list[tuple[Entry, Future[list[ExpectationResult]]]] = []
        self.table_order = [table.name for job in jobs for table in job.tables]
        self.futures: list[Future[Any]] = []
        if any(job.kind is not Kind.CHANGES for job in jobs):
            self.futures.append(self.pool.submit(suite_runner.context))  # the import takes seconds

    def submit(self, entry: Entry, checked: Slice) -> None:
        """Check the slice against the suite of its table, in the background."""
        frame = self.lake.staged(checked.table, self.ledger.run_id).filter(checked.where)
        future = self.pool.submit(suite_runner.check, frame, checked, suite(checked.table))
        self.pending.append((entry, future))
        self.futures.append(future)

    def evaluate(self) -> list[str]:
        """Wait for the submitted checks. Refuses failed tables and the tables built from them; returns the warnings."""
        with self.lock:
            warnings = self._apply_results()
            for job in self.jobs:
                reads_refused_table = self.reads_refused_table(job)
                entries = [self.entries[table.name] for table in job.tables]
                if job.rejects and any(entry.staged for entry in entries):
                    warnings += self._refuse_together(entries, self.entries[job.rejects.name])
                elif not job.rejects and reads_refused_table:
                    self.lake.drop_branch(job.writes, self.ledger.run_id)
                    self.entries[job.name].staged = None
            return warnings

    def reads_refused_table(self, job: Job) -> bool:
        """Whether an input of the job is refused, by the results so far. If so, the output is refused too."""
        refused = [
            table.name
            for table in job.reads
            if table.name in self.entries and self.entries[table.name].status == "refused"
        ]
        if refused:
            self.entries[job.name].refuse(f"reads {' and '.join(refused)}")
        return bool(refused)

    def close(self, reason: BaseException) -> None:
        """Cancel all checks."""
        threads.cancel_all(self.pool, self.futures, self.lake.spark, reason)

    def _apply_results(self) -> list[str]:
        warnings, pending = list[str](), self.pending
        self.pending = []
        for entry, future in sorted(pending, key=lambda check: self.table_order.index(check[0].table.name)):
            warnings += entry.apply_results(future.result(), self.ledger.kept_rows_hint(entry.table))
        return warnings

    def _refuse_together(self, entries: Sequence[Entry], rejects: Entry) -> list[str]:
        """Refuse all tables of a job if one is refused, since together they hold every delivered row.

        Returns examples of rejected rows, if there are any.
        """
        refused = [entry.table.name for entry in entries if entry.message]
        if not refused:
            return []
        for entry in entries:
            entry.refuse(f"refused with {refused[0]}")
        if not rejects.staged:
            return []
        return examples(self.lake.staged_rows(rejects.table, self.ledger.run_id), rejects.table)


def examples(rejected: DataFrame, table: Table) -> list[str]:
    """One example line for each of the most frequent combinations of problems.

    Lines with personal data are left out. The examples are printed, never stored.
    """
    kinds = rejected.groupBy("problems").agg(F.count("*").alias("rows"), F.min("raw_line").alias("line"))
    most = kinds.orderBy(F.desc("rows"), "problems").limit(_MAX_EXAMPLES).collect()
    lines = [
        "one with personal data" if RAW_LINE.name in table.pii else row.line or "one of an erased person"
        for row in most
    ]
    rows = [re.sub(_EVENT_SCHEMA, "", line)[:_MAX_EXAMPLE_LENGTH] for line in lines]
    return [
        f"{count(row.rows, 'row')} {', '.join(row.problems)}, such as {mask(line)}"
        for row, line in zip(most, rows, strict=True)
    ]
