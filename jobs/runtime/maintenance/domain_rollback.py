"""Restore the clean tables of a domain to their state after an earlier run."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from pyspark.sql import functions as F

from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.rollback import roll_back, rolled_back_runs, snapshot_before
from jobs.runtime.ingest.file_plan import known_files
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.maintenance.domain_jobs import ingest_jobs, rebuild_marts, recover_runs
from jobs.runtime.maintenance.live_run_check import recorded_run, require_no_live_run
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake
from jobs.runtime.wording import count
from schemas.table import Table

_NOTHING = "nothing to roll back: no run is newer"


def restore(
    lake: Lake, ledger: Ledger, *, domain: str, run: str | None, snapshot: str | None, dry_run: bool, live_hours: int
) -> str:
    """Roll the tables of a domain back. Returns a report: rows by day before and after, and affected files.

    Rolls back the runs after `run`, or after `snapshot` of a clean or CDC table, and rebuilds the marts. The next run
    takes the files of these runs again where they are still in its input. Only remaining history can be restored; see
    keep_days of lake.maintain. Raises Overtaken while another run may be live, as lake.maintain does: its publication
    would bring back the rows that it is based on.
    """
    if (run is None) == (snapshot is None):
        raise BadArgument("give exactly one of --run and --snapshot")
    maintained = MaintainedLake(lake.spark, require_no_live_run=partial(require_no_live_run, ledger, live_hours))
    affected = _affected_jobs(maintained, domain, run, snapshot)
    if dry_run:
        preview = [line for job, runs in affected for line in _describe(maintained, ledger, job, runs)]
        return "\n".join([*(preview or [_NOTHING]), "nothing was changed: --dry_run"])
    entries = {job.name: [Entry(table, lake.main(table)) for table in job.tables] for job, _ in affected}
    report = list[str]()
    with recorded_run(ledger, [entry for of_job in entries.values() for entry in of_job]):
        maintained.require_no_live_run()
        recover_runs(maintained, ledger)
        for job, _ in affected:
            for entry in entries[job.name]:
                entry.base = maintained.main(entry.table)
            runs = _later_runs(maintained, job.writes, run, snapshot) or set()
            report += _describe(maintained, ledger, job, runs)
            for entry in entries[job.name] if runs else ():
                maintained.require_main(entry.table, entry.base)
                roll_back(maintained, entry.table, entry.base, runs, ledger.run_id)
                entry.status, entry.message = (
                    "published",
                    f"{count(len(runs), 'run')} rolled back: {', '.join(sorted(runs))}",
                )
        recover_runs(maintained, ledger)
        rebuild_marts(maintained, ledger, domain)
    return "\n".join(report) or _NOTHING


def _affected_jobs(
    lake: MaintainedLake, domain: str, run: str | None, snapshot: str | None
) -> list[tuple[Job, set[str]]]:
    """The jobs with the run or the snapshot in their history, each with its later runs. Raises BadArgument for none."""
    affected = [
        (job, runs)
        for job, _ in ingest_jobs(lake, domain)
        if (runs := _later_runs(lake, job.writes, run, snapshot)) is not None
    ]
    if not affected:
        target = f"run {run}" if run else f"snapshot {snapshot}"
        raise BadArgument(
            f"no table of {domain} that takes files has {target} in its remaining history; `weir runs` lists runs"
        )
    return affected


def _describe(lake: MaintainedLake, ledger: Ledger, job: Job, runs: set[str]) -> list[str]:
    """Describe the effect of rolling back the runs of a job."""
    return [*_describe_rows(lake, job.tables, runs), *_describe_files(ledger, job.writes, runs)] if runs else []


def _later_runs(lake: MaintainedLake, table: Table, run: str | None, snapshot: str | None) -> set[str] | None:
    """The runs that committed after the run or the snapshot; None where neither is in the remaining history."""
    main = lake.main(table)
    commits = list(lake.snapshot_properties(table, main, "run_id"))
    for position, (commit, run_id) in enumerate(commits):
        if str(commit) == snapshot or (run is not None and run_id == run):
            return {later for _, later in commits[:position] if later} - rolled_back_runs(lake, table, main).keys()
    return None


def _describe_rows(lake: MaintainedLake, tables: Sequence[Table], runs: set[str]) -> list[str]:
    lines = []
    for table in tables:
        main = lake.main(table)
        now, then = (
            _count_by_day(lake, table, snapshot) for snapshot in (main, snapshot_before(lake, table, main, runs))
        )
        lines.append(f"{table.name}: {count(sum(now.values()), 'row')} -> {sum(then.values()):,}")
        days = now.keys() | then.keys() if table.day else set[date | str]()
        differing = sorted(day for day in days if now.get(day) != then.get(day))
        lines += [f"  {day}: {now.get(day, 0):,} -> {then.get(day, 0):,}" for day in differing]
    return lines


def _count_by_day(lake: MaintainedLake, table: Table, snapshot: int | None) -> dict[date | str, int]:
    """The number of rows by UTC day; rejected rows by the day they were received, CDC tables as a whole."""
    day = F.to_date(table.day) if table.day else F.lit("all")
    days = lake.frame(table, snapshot).groupBy(day.alias("day")).agg(F.count("*").alias("rows"))
    return {row.day: row.rows for row in days.collect()}


def _describe_files(ledger: Ledger, table: Table, runs: set[str]) -> list[str]:
    """A sentence on each file that one of the runs took or withdrew."""
    rows = ledger.files(table)
    taken = known_files(rows, set(), runs).taken
    paths = sorted({row.path for row in rows if row.run_id in runs})
    undone = "counts as new again: the next run ingests it"
    return [f"{path} {'is taken in its earlier version' if path in taken else undone}" for path in paths]
