"""ops.runs and ops.files: what every run read, kept, refused, published and cost."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from jobs.runtime.job import Job
from jobs.runtime.lake import Lake, Staged, local_frame
from jobs.runtime.quality import Outcome
from jobs.sources.files import File
from schemas.ops.files import FILES
from schemas.ops.runs import RUNS
from schemas.table import Table


@dataclass
class Entry:
    """What the run did to one table; `counts` and `problems` are set for a table of delivered rows."""

    table: Table
    status: str = "no_change"
    message: str | None = None
    staged: Staged | None = None
    as_of: datetime | None = None
    inputs: dict[str, int | None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass(frozen=True)
class Ledger:
    """The records of one run. Both tables are only ever added to; the newest row counts."""

    lake: Lake
    run_id: str
    job: str
    line: str
    started_at: datetime
    clock: datetime
    parameters: Mapping[str, Any]

    def open(self, tables: Iterable[Table]) -> None:
        """Make the tables that are not there yet, and record the start."""
        tables = list(tables)
        for table in (RUNS, FILES, *tables):
            self.lake.ensure(table)
        self._record([{"table": table.name, "status": "started"} for table in tables])

    def close(self, entries: Iterable[Entry]) -> None:
        finished_at = datetime.now(UTC)
        self._record([{**_row(entry), "finished_at": finished_at, "dpu_hours_estimate": self.dpu_hours(finished_at)} for entry in entries])

    def dpu_hours(self, now: datetime) -> float:
        """What the run would take on two G.1X workers, of one DPU each; Glue bills a minute at least."""
        return 2 * max(60.0, (now - self.started_at).total_seconds()) / 3600

    def summary(self, entries: Iterable[Entry], warnings: Iterable[str]) -> dict[str, Any]:
        """The run as data, for the person who watches and for `--summary_json`."""
        entries, now = list(entries), datetime.now(UTC)
        by_status = Counter(entry.status for entry in entries)
        return {
            "job": self.job,
            "run_id": self.run_id,
            "lake": self.parameters["lake"],
            "status": next(status for status in ("refused", "published", "no_change") if by_status[status]),
            "seconds": round((now - self.started_at).total_seconds(), 1),
            "dpu_hours_estimate": self.dpu_hours(now),
            "warnings": list(warnings),
            "tables": [_told(entry) for entry in entries],
        }

    def record_files(self, table: Table, state: str, files: Iterable[Mapping[str, Any]]) -> None:
        of_run = {"table": table.name, "run_id": self.run_id}
        now = {"state": state, "recorded_at": datetime.now(UTC)}
        self.lake.append(FILES, local_frame(self.lake.spark, FILES, [{**of_run, **file, **now} for file in files]))

    def settle(self, job: Job) -> dict[str, File]:
        """The files that are in the table of the job, by path; what a run that died left open is decided first.

        Main decides: a file whose run main names is taken, whatever the ledger says of it. The refused rows of such
        a run are published too, where it did not come so far.
        """
        by_path: dict[str, list[Any]] = defaultdict(list)
        for row in self.lake.spark.table(f"lake.{FILES.name}").filter(f"`table` = '{job.writes.name}'").orderBy("recorded_at").collect():
            by_path[row.path].append(row)
        published = self.lake.published_runs(job.writes)
        taken = {path: row for path, rows in by_path.items() for row in rows if row.state == "taken" or row.run_id in published}
        unrecorded = [row for row in taken.values() if row.state != "taken"]
        for run_id in sorted({row.run_id for row in unrecorded}):
            if job.rejects and self.lake.has_branch(job.rejects, run_id):
                self.lake.publish(job.rejects, run_id)
        dead = [rows[-1] for path, rows in by_path.items() if path not in taken and rows[-1].state == "staging"]
        for state, rows in (("taken", unrecorded), ("void", dead)):
            if rows:
                self.record_files(job.writes, state, [row.asDict() for row in rows])
        return {path: File(path, row.bytes, row.version) for path, row in taken.items()}

    def _record(self, rows: Iterable[Mapping[str, Any]]) -> None:
        of_run = {
            "run_id": self.run_id,
            "job": self.job,
            "runtime_line": self.line,
            "started_at": self.started_at,
            "clock": self.clock,
            "parameters_json": json.dumps(self.parameters, default=str, sort_keys=True),
        }
        self.lake.append(RUNS, local_frame(self.lake.spark, RUNS, [{**of_run, **row} for row in rows]))


def _row(entry: Entry) -> dict[str, Any]:
    counts = {f"rows_{kind}": count for kind, count in entry.counts.items()}
    return {
        **({**counts, "rows_replaced": 0} if counts else {}),
        "table": entry.table.name,
        "status": entry.status,
        "message": entry.message,
        "rows_published": entry.staged.rows if entry.staged and entry.status == "published" else 0,
        "output_snapshot": entry.staged.snapshot if entry.staged else None,
        "input_snapshots": json.dumps(entry.inputs),
        "as_of": entry.as_of,
        "suite_results_json": json.dumps([asdict(outcome) for outcome in entry.outcomes]),
    }


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "table": entry.table.name,
        "status": entry.status,
        "message": entry.message,
        "rows": entry.staged.rows if entry.staged else None,
        "snapshot": entry.staged.snapshot if entry.staged else None,
        "expectations": {"passed": sum(one.success for one in entry.outcomes), "failed": [one.name for one in entry.outcomes if not one.success]},
        "input": entry.counts,
        "problems": entry.problems,
    }
