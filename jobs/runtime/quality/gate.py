"""The quality gate of a run: check staged tables against their suites, and refuse what fails and all that is built on it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.suites import suite
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.job import Job
from jobs.runtime.ledger.entries import Entry, ExpectationResult
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.masking import masked
from jobs.runtime.quality import suites
from jobs.runtime.spark import threads
from jobs.runtime.spark.local_frames import View
from schemas.table import RAW_LINE, Table

_MOST_EXAMPLES = 3
_LONGEST_EXAMPLE = 200


class QualityGate:
    """The gates of the tables that a run makes. One thread asks: names that the queries of a suite use are known to the whole session."""

    def __init__(self, jobs: Sequence[Job], entries: Mapping[str, Entry], lake: Lake, ledger: Ledger) -> None:
        self.jobs, self.entries, self.lake, self.ledger = jobs, entries, lake, ledger
        self.thread, self.asked = (
            threads.thread_pool(1, lake.spark),
            list[tuple[Entry, Future[list[ExpectationResult]]]](),
        )
        self.order, self.judging = [table.name for job in jobs for table in job.tables], Lock()
        self.begun: list[Future[Any]] = [self.thread.submit(suites.context)]  # to import it takes seconds

    def ask(self, entry: Entry, staged: Staged, where: str, views: Mapping[str, View]) -> None:
        """Hold the rows that an entry staged, for which `where` holds, against the suite of its table, some time."""
        frame = self.lake.staged(entry.table, self.ledger.run_id).filter(where)
        rows = View(frame, self.lake.files(entry.table, staged.snapshot, where), staged.is_few)
        answer = self.thread.submit(suites.check, entry.table, suite(entry.table), rows, staged.rows, views)
        self.asked.append((entry, answer))
        self.begun.append(answer)

    def judge(self) -> list[str]:
        """Refuse what does not hold, and all that is made of it; returns the warnings."""
        with self.judging:
            warnings = self._answers()
            for job in self.jobs:
                is_unfounded = self.is_unfounded(job)
                if job.rejects and self.entries[job.name].staged:
                    warnings += self._together(
                        [self.entries[table.name] for table in job.tables], self.entries[job.rejects.name]
                    )
                elif not job.rejects and is_unfounded:
                    self.lake.drop(job.writes, self.ledger.run_id)
                    self.entries[job.name].staged = None
            return warnings

    def is_unfounded(self, job: Job) -> bool:
        """Whether it reads what is refused, as far as is known; then what it makes is refused too."""
        refused = [
            table.name
            for table in job.reads
            if table.name in self.entries and self.entries[table.name].status == "refused"
        ]
        if refused:
            self.entries[job.name].refuse(f"reads {' and '.join(refused)}")
        return bool(refused)

    def close(self) -> None:
        """Ask no more."""
        threads.end(self.thread, self.begun, self.lake.spark)

    def _answers(self) -> list[str]:
        warnings, asked = list[str](), self.asked
        self.asked = []
        for entry, outcomes in sorted(asked, key=lambda one: self.order.index(one[0].table.name)):
            warnings += entry.judge(outcomes.result(), self.ledger.kept(entry.table))
        return warnings

    def _together(self, made: Sequence[Entry], refused: Entry) -> list[str]:
        """None goes without the others: together they hold every row of the files."""
        told = [entry.table.name for entry in made if entry.message]
        if not told:
            return []
        for entry in made:
            entry.refuse(f"goes with {told[0]}")
        return examples(self.lake.slice(refused.table, self.ledger.run_id), refused.table)


def examples(refused: DataFrame, table: Table) -> list[str]:
    """A line of each of the most frequent kinds of refused rows, where it tells of no person; for somebody who looks on, and no table."""
    kinds = refused.groupBy("problems").agg(F.count("*").alias("rows"), F.min("raw_line").alias("line"))
    most = kinds.orderBy(F.desc("rows"), "problems").limit(_MOST_EXAMPLES).collect()
    lines = [
        "one that tells who a person is" if RAW_LINE.name in table.pii else row.line or "one of a forgotten person"
        for row in most
    ]
    return [
        f"{row.rows:,} rows {', '.join(row.problems)}, such as {masked(line[:_LONGEST_EXAMPLE])}"
        for row, line in zip(most, lines, strict=True)
    ]
