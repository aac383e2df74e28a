"""Restore the clean tables of a domain to their state after an earlier run."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from pyspark.sql import functions as F

from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.iceberg.rollback import before, undo, undoings
from jobs.runtime.ingest.deliveries import known_files
from jobs.runtime.job import Job
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.maintenance.domains import rebuild, settle, takers
from jobs.runtime.maintenance.maintained_lake import MaintainedLake
from jobs.runtime.maintenance.run_guard import recorded, stay_clear
from schemas.table import Table


def restore(
    lake: Lake, ledger: Ledger, *, domain: str, run: str | None, snapshot: str | None, dry_run: bool, live_hours: int
) -> str:
    """What changes: rows of clean_x and rejected_x by day, and the files that are not taken any more.

    Undone are the runs after `run`, or after the `snapshot` of a clean table, or of one that follows a source; marts are made anew of what is left. The next
    run takes the files again, if they still lie in its input. Only history that is left can be gone back to: see keep_days
    of lake.maintain. Raises Overtaken while a run may be under way, as lake.maintain does: what it publishes would bring back
    the rows that it stands on.
    """
    if (run is None) == (snapshot is None):
        raise BadArgument("say --run or --snapshot, one of them")
    tended = MaintainedLake(lake.spark, stay_clear=partial(stay_clear, ledger, live_hours))
    found = [job for job, _ in takers(tended, domain) if _undone(tended, job.writes, run, snapshot) is not None]
    if not found:
        asked = f"run {run}" if run else f"snapshot {snapshot}"
        raise BadArgument(
            f"no table of {domain} that takes files has {asked} in what is left of its history; `python -m jobs runs` lists runs"
        )
    if dry_run:
        told = [
            line
            for job in found
            for line in _foretold(tended, ledger, job, _undone(tended, job.writes, run, snapshot) or set())
        ]
        return "\n".join([*told, "nothing was changed: --dry_run"])
    entries = {job.name: [Entry(table, lake.main(table)) for table in job.tables] for job in found}
    told = list[str]()
    with recorded(ledger, [entry for of_job in entries.values() for entry in of_job]):
        tended.stay_clear()
        settle(tended, ledger)
        for job in found:
            for entry in entries[job.name]:
                entry.base = tended.main(entry.table)
            undone = _undone(tended, job.writes, run, snapshot) or set()
            told += _foretold(tended, ledger, job, undone)
            for entry in entries[job.name] if undone else ():
                tended.confirm(entry.table, entry.base)
                undo(tended, entry.table, entry.base, undone, ledger.run_id)
                entry.status, entry.message = "published", f"{len(undone)} runs undone: {', '.join(sorted(undone))}"
        settle(tended, ledger)
        rebuild(tended, ledger, domain)
    return "\n".join(told) or "nothing came after it"


def _foretold(lake: MaintainedLake, ledger: Ledger, job: Job, undone: set[str]) -> list[str]:
    return [*_rows(lake, job.tables, undone), *_files(ledger, job.writes, undone)]


def _undone(lake: MaintainedLake, table: Table, run: str | None, snapshot: str | None) -> set[str] | None:
    """The runs whose commits are newer than what was asked for; None where that is not there."""
    main = lake.main(table)
    commits = list(lake.snapshot_properties(table, main, "run_id"))
    for position, (commit, made_by) in enumerate(commits):
        if str(commit) == snapshot or (run is not None and made_by == run):
            return {later for _, later in commits[:position] if later} - undoings(lake, table, main).keys()
    return None


def _rows(lake: MaintainedLake, tables: Sequence[Table], undone: set[str]) -> list[str]:
    told = []
    for table in tables:
        now, then = (
            _by_day(lake, table, snapshot)
            for snapshot in (lake.main(table), before(lake, table, lake.main(table), undone))
        )
        told.append(f"{table.name}: {sum(now.values()):,} rows -> {sum(then.values()):,}")
        differ = sorted(day for day in now.keys() | then.keys() if now.get(day) != then.get(day))
        told += [f"  {day}: {now.get(day, 0):,} -> {then.get(day, 0):,}" for day in differ]
    return told


def _by_day(lake: MaintainedLake, table: Table, snapshot: int | None) -> dict[date | str, int]:
    """Rows by UTC day, of refused rows by that of their arrival; of what follows a source together."""
    day = F.to_date(table.day) if table.day else F.lit("all")
    days = lake.frame(table, snapshot).groupBy(day.alias("day")).agg(F.count("*").alias("rows"))
    return {row.day: row.rows for row in days.collect()}


def _files(ledger: Ledger, table: Table, undone: set[str]) -> list[str]:
    """A sentence on each file that one of the runs took or withdrew."""
    recorded = ledger.files(table)
    left = known_files(recorded, set(), undone).taken
    touched = sorted({row.path for row in recorded if row.run_id in undone})
    return [f"{path} is {'taken as it was before' if path in left else 'not taken any more'}" for path in touched]
