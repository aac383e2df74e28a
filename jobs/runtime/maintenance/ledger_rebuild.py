"""Rebuild a lost or damaged ledger from the tables: which files were taken, and by which runs."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.errors import BadLake
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.incremental.plan import EVER
from jobs.runtime.ingest.recovery import Recovery
from jobs.runtime.job import Job
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.maintenance.domains import takers
from jobs.runtime.maintenance.maintained_lake import MaintainedLake
from jobs.runtime.maintenance.run_guard import recorded, stay_clear
from jobs.runtime.storage.listing import File, found_at
from schemas.ops.files import FILES as OPS_FILES
from schemas.ops.forgotten import FORGOTTEN
from schemas.ops.runs import RUNS
from schemas.table import RUN_ID, SOURCE_FILE, Table


def rebuild_ledger(
    lake: Lake, ledger: Ledger, *, domain: str, dry_run: bool, live_hours: int, **how_to_read: Any
) -> str:
    """What was found in the tables and is now in the ledger; what is there already stays.

    A file is recorded as it lies there now; one that is gone, or was written since its run committed its rows, as another than it is, so that the
    next run takes it. Not to be found are the counts of old runs, and files that were withdrawn or brought nothing but duplicates: the next run takes
    these too from its input.
    How files were to be read is taken from the options. Raises BadLake where nobody can tell any more who was forgotten.
    """
    tended = MaintainedLake(lake.spark)
    if tended.is_damaged(FORGOTTEN):
        raise BadLake(
            f"{FORGOTTEN.name} cannot be read, and nothing else says who was forgotten; put its files back from a copy"
        )
    damaged = [table for table in (RUNS, OPS_FILES) if tended.is_damaged(table)]
    told = [f"{table.name} cannot be read and is made anew" for table in damaged]
    there = [(job, rejects) for job, rejects in takers(tended, domain) if tended.main(job.writes) is not None]
    if dry_run:
        found = [f"{job.name}: {len(_files(tended, job)):,} files in its rows" for job, _ in there if not job.changing]
        return "\n".join([*told, *found, "nothing was changed: --dry_run"])
    if RUNS not in damaged and tended.is_there(RUNS):
        stay_clear(ledger, live_hours)
    for table in damaged:
        tended.lose(table)
    entries = [Entry(table, None) for table in (RUNS, OPS_FILES)]
    with recorded(ledger, entries):
        for job, rejects in there:
            Recovery.of(job, rejects, tended.main(job.writes), tended, ledger).finish()
            if job.changing:
                told.append(f"{job.name}: the next run applies the changes of its input again, which alters nothing")
                continue
            known = {row.path for row in ledger.files(job.writes)}
            lacking = [file for file in _files(tended, job) if file["path"] not in known]
            if lacking:
                ledger.record_files(job.writes, lacking)
            runs = _runs(tended, ledger, job, how_to_read)
            ledger.record(runs)
            told.append(f"{job.name}: {len(lacking):,} files and {len(runs):,} runs are known again")
        for entry in entries:
            entry.status, entry.message = "published", "made anew from the tables"
    return "\n".join(told) or "there are no tables that are made from files"


def _files(lake: MaintainedLake, job: Job) -> list[dict[str, Any]]:
    """The files that brought rows, as ops.files has them: on any day, since nothing says of which days their duplicates were.

    That of their own run is the oldest: later ones may have brought back rows of theirs.
    """
    by_file = reduce(
        DataFrame.unionByName, [lake.published(table).select(SOURCE_FILE.name, RUN_ID.name) for table in job.tables]
    ).groupBy(SOURCE_FILE.name)
    rows = (
        by_file.agg(F.min(RUN_ID.name).alias("run_id"), F.count("*").alias("rows")).orderBy(SOURCE_FILE.name).collect()
    )
    first_day, last_day = EVER
    # The clean table is first: what it has not, since nothing was good, the other tells.
    committed = reduce(dict.__or__, [lake.committed(table) for table in reversed(job.tables)])
    found = []
    for row in rows:
        there, taken = found_at(row.source_file), committed.get(row.run_id) or _times(row.run_id)["started_at"]
        if there is None or (there.written and there.written > taken):
            there = File(row.source_file, 0, "another")
        delivery = {
            "path": there.path,
            "bytes": there.bytes,
            "version": there.version,
            "first_day": first_day,
            "last_day": last_day,
        }
        found.append({**delivery, "run_id": row.run_id, "rows": row.rows, "state": "taken"})
    return found


def _runs(lake: MaintainedLake, ledger: Ledger, job: Job, how_to_read: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs that rows of the tables name and the ledger does not, as ops.runs has them."""
    rows = [row for table in job.tables for row in _by_run(lake, table)]
    known = ledger.parameters_of({row.run_id for row in rows})
    of_run = {"job": job.name, "status": "published", "message": "made anew from the tables", "parameters": how_to_read}
    return [
        {**of_run, **_times(row.run_id), "run_id": row.run_id, "table": row.table, "rows_published": row.rows}
        for row in rows
        if row.run_id not in known
    ]


def _by_run(lake: MaintainedLake, table: Table) -> Iterable[Row]:
    return (
        lake.published(table)
        .groupBy(RUN_ID.name, F.lit(table.name).alias("table"))
        .agg(F.count("*").alias("rows"))
        .collect()
    )


def _times(run_id: str) -> dict[str, datetime]:
    started = datetime.strptime(run_id.partition("_")[0], "%Y%m%dt%H%M%S").replace(tzinfo=UTC)
    return {"started_at": started, "finished_at": started, "clock": started}
