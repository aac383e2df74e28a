"""Go back to how the delivered rows of a domain were after an earlier run; files of later runs are then not taken any more."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pyspark.sql import Row
from pyspark.sql import functions as F

from jobs.lake.domains import DOMAIN, rebuild, settle, takers
from jobs.lake.tended import LIVE_HOURS, Tended, recorded, stay_clear
from jobs.parameters import DRY_RUN
from jobs.runtime.errors import BadArgument
from jobs.runtime.job import Care, Parameter
from jobs.runtime.lake import Lake
from jobs.runtime.ledger import Entry, Ledger
from jobs.runtime.run import run as start
from schemas.table import RECEIVED_ON, Table

Commits = Sequence[tuple[int, str | None]]


def restore(lake: Lake, ledger: Ledger, *, domain: str, run: str | None, snapshot: str | None, dry_run: bool, live_hours: int) -> str:
    """What changes: rows of clean_x and rejected_x by day, and the files that are not taken any more.

    Undone are the runs after `run`, or after the `snapshot` of a clean table; marts are made anew of what is left. The next
    run takes the files again, if they still lie in its input. Only history that is left can be gone back to: see keep_days
    of lake.maintain. Raises Overtaken while a run may be under way, as lake.maintain does: what it publishes would bring back
    the rows that it stands on.
    """
    if (run is None) == (snapshot is None):
        raise BadArgument("say --run or --snapshot, one of them")
    tended = Tended(lake.spark)
    found = [(job.writes, rejects, undone) for job, rejects in takers(domain) if (undone := _undone(_commits(tended, job.writes), run, snapshot)) is not None]
    if not found:
        asked = f"run {run}" if run else f"snapshot {snapshot}"
        raise BadArgument(f"no clean table of {domain} has {asked} in what is left of its history; `python -m jobs runs` lists runs")
    clean, rejects, undone = found[0]
    if dry_run:
        return "\n".join([*_rows(tended, [clean, rejects], undone), *_files(ledger, clean, undone), "nothing was changed: --dry_run"])
    entries = [Entry(table, lake.main(table)) for table in (clean, rejects)]
    with recorded(ledger, entries):
        stay_clear(ledger, live_hours)
        settle(tended, ledger)
        told = [*_rows(tended, [clean, rejects], undone), *(files := _files(ledger, clean, undone))]
        if files:
            # Until main has moved it still says that they are taken.
            undoing = [{**row.asDict(), "state": "undone"} for row in files.values()]
            ledger.record_files(clean, [*undoing, *_with_duplicates(ledger, clean, undone)])
        for entry in entries if undone else ():
            tended.roll_back(entry.table, undone)
            entry.status, entry.message = "published", f"{len(undone)} runs undone: {', '.join(sorted(undone))}"
        rebuild(tended, ledger, domain)
    return "\n".join(told) or "nothing came after it"


def _undone(commits: Commits, run: str | None, snapshot: str | None) -> set[str] | None:
    """The runs whose commits are newer than what was asked for; None where that is not there."""
    for position, (commit, made_by) in enumerate(commits):
        if str(commit) == snapshot or (run is not None and made_by == run):
            return {later for _, later in commits[:position] if later}
    return None


def _commits(lake: Tended, table: Table) -> Commits:
    return list(lake.noted(table, lake.main(table), "run_id"))


def _rows(lake: Tended, tables: Sequence[Table], undone: set[str]) -> list[str]:
    told = []
    for table in tables:
        now, then = (_by_day(lake, table, snapshot) for snapshot in (lake.main(table), lake.before(table, undone)))
        told.append(f"{table.name}: {sum(now.values()):,} rows -> {sum(then.values()):,}")
        differ = sorted(day for day in now.keys() | then.keys() if now.get(day) != then.get(day))
        told += [f"  {day}: {now.get(day, 0):,} -> {then.get(day, 0):,}" for day in differ]
    return told


def _by_day(lake: Tended, table: Table, snapshot: int | None) -> dict[date, int]:
    """Rows by UTC day, of refused rows by that of their arrival."""
    days = lake.frame(table, snapshot).groupBy(F.to_date(table.time or RECEIVED_ON.name).alias("day")).agg(F.count("*").alias("rows"))
    return {row.day: row.rows for row in days.collect()}


def _with_duplicates(ledger: Ledger, table: Table, undone: set[str]) -> list[dict[str, Any]]:
    """The files of other runs that an undone one read again: how many of their rows are duplicates is then not known any more."""
    files = ledger.files(table)
    began = min(row.recorded_at for row in files if row.run_id in undone)
    again = [row for row in files if row.run_id not in undone and row.state == "taken" and row.recorded_at >= began]
    return [{**row.asDict(), "duplicates": None} for row in again]


def _files(ledger: Ledger, table: Table, undone: set[str]) -> dict[str, Row]:
    """What the runs recorded of files, under a sentence on each."""
    return {f"{row.path} is not taken any more": row for row in ledger.files(table) if row.run_id in undone}


JOB = Care(
    "lake.restore",
    restore,
    [
        DOMAIN,
        Parameter("run", str, None, "the run after which all was well"),
        Parameter("snapshot", str, None, "or the snapshot of the clean table that was well"),
        DRY_RUN,
        LIVE_HOURS,
    ],
)

if __name__ == "__main__":
    start(JOB)
