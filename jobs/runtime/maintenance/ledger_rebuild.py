"""Rebuild a lost or damaged ledger from the tables: which files were taken, and by which runs."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.errors import BadLake
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.incremental.changed_days import EVER
from jobs.runtime.ingest.publish_and_recover import Recovery
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.maintenance.domain_jobs import ingest_jobs
from jobs.runtime.maintenance.live_run_check import recorded_run, require_no_live_run
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake
from jobs.runtime.storage.listing import File, find_file
from jobs.runtime.wording import count
from schemas.ops.files import FILES as OPS_FILES
from schemas.ops.forgotten import FORGOTTEN
from schemas.ops.runs import RUNS
from schemas.table import RUN_ID, SOURCE_FILE, Table

_REBUILT = "rebuilt from the tables"


def rebuild_ledger(
    lake: Lake, ledger: Ledger, *, domain: str, dry_run: bool, live_hours: int, **how_to_read: Any
) -> str:
    """Add to the ledger the files and runs that it lacks but the tables contain. Returns a report.

    Existing ledger rows stay; a table of the ledger that cannot be read is replaced. A file is recorded as it exists
    now. If it is gone, or was modified after its run committed, it is recorded as different, so that the next run takes
    it. Not recoverable are the row counts of old runs, and files that were withdrawn or delivered only duplicates: the
    next run takes these again from its input. The options tell how the files were read. Raises BadLake where the record
    of erased persons is damaged.
    """
    maintained = MaintainedLake(lake.spark)
    if maintained.is_damaged(FORGOTTEN):
        raise BadLake(
            f"{FORGOTTEN.name} cannot be read, and nothing else records who was erased; restore its files from a backup"
        )
    damaged = [table for table in (RUNS, OPS_FILES) if maintained.is_damaged(table)]
    report = [f"{table.name} cannot be read and is rebuilt" for table in damaged]
    jobs = [pair for pair in ingest_jobs(maintained, domain) if maintained.main(pair[0].writes) is not None]
    if dry_run:
        for job in (job for job, _ in jobs if not job.cdc_source):
            report.append(f"{job.name}: {count(len(_files(maintained, job)), 'file')} found in its rows")
        return "\n".join([*report, "nothing was changed: --dry_run"])
    if RUNS not in damaged and maintained.exists(RUNS):
        require_no_live_run(ledger, live_hours)
    for table in damaged:
        maintained.drop_from_catalog(table)
    entries = [Entry(table, None) for table in (RUNS, OPS_FILES)]
    with recorded_run(ledger, entries):
        report += [_rebuild_for_job(maintained, ledger, job, rejects, how_to_read) for job, rejects in jobs]
        for entry in entries:
            entry.status, entry.message = "published", _REBUILT
    return "\n".join(report) or "no tables of the domain are built from files"


def _rebuild_for_job(
    lake: MaintainedLake, ledger: Ledger, job: Job, rejects: Table, how_to_read: dict[str, Any]
) -> str:
    Recovery.of(job, rejects, lake.main(job.writes), lake, ledger).complete_interrupted_runs()
    if job.cdc_source:
        return _describe_source(lake, ledger, job)
    known = {row.path for row in ledger.files(job.writes)}
    missing = [file for file in _files(lake, job) if file["path"] not in known]
    if missing:
        ledger.record_files(job.writes, missing)
    runs = _missing_runs(lake, ledger, job, how_to_read)
    ledger.record(runs)
    return f"{job.name}: {count(len(missing), 'file')} and {count(len(runs), 'run')} added to the ledger"


def _describe_source(lake: MaintainedLake, ledger: Ledger, job: Job) -> str:
    """What the tables of a CDC source contain. Their rows do not name the files of their changes."""
    known = len({row.path for row in ledger.files(job.writes)})
    rows, times = lake.row_count(job.writes, lake.main(job.writes)), lake.commit_times(job.writes)
    last = f", the last at {max(times.values()):%Y-%m-%d %H:%M:%S} UTC" if times else ""
    return (
        f"{job.name}: found {count(rows, 'row')} of {count(len(times), 'run')}{last}, and {count(known, 'file')} in "
        "the ledger; the next run reads all others of its input, and changes that were already applied have no effect"
    )


def _files(lake: MaintainedLake, job: Job) -> list[dict[str, Any]]:
    """The files that delivered rows, as rows of ops.files.

    Their days are unlimited, because nothing records the days of their duplicates. The run of a file is the oldest
    among its rows: a later run may have taken some of its rows again.
    """
    sources = [lake.published(table).select(SOURCE_FILE.name, RUN_ID.name) for table in job.tables]
    by_file = reduce(DataFrame.unionByName, sources).groupBy(SOURCE_FILE.name)
    rows = by_file.agg(F.min(RUN_ID.name).alias("run_id"), F.count("*").alias("rows"))
    first_day, last_day = EVER
    # The commit times of the clean table win; runs without good rows are only in the rejected table.
    commit_times = reduce(dict.__or__, [lake.commit_times(table) for table in reversed(job.tables)])
    files = []
    for row in rows.orderBy(SOURCE_FILE.name).collect():
        file, taken_at = find_file(row.source_file), commit_times.get(row.run_id) or _times(row.run_id)["started_at"]
        if file is None or (file.modified_at and file.modified_at > taken_at):
            file = File(row.source_file, 0, "another")
        files.append(
            {
                "path": file.path,
                "bytes": file.bytes,
                "version": file.version,
                "first_day": first_day,
                "last_day": last_day,
                "run_id": row.run_id,
                "rows": row.rows,
                "state": "taken",
            }
        )
    return files


def _missing_runs(lake: MaintainedLake, ledger: Ledger, job: Job, how_to_read: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs whose rows are in the tables but which are not in the ledger, as rows of ops.runs."""
    rows = [row for table in job.tables for row in _count_by_run(lake, table)]
    known = ledger.parameters_of({row.run_id for row in rows})
    shared = {"job": job.name, "status": "published", "message": _REBUILT, "parameters": how_to_read}
    return [
        {**shared, **_times(row.run_id), "run_id": row.run_id, "table": row.table, "rows_published": row.rows}
        for row in rows
        if row.run_id not in known
    ]


def _count_by_run(lake: MaintainedLake, table: Table) -> Iterable[Row]:
    """The number of `rows` per run, with the name of the `table`. *Grain:* run_id."""
    return (
        lake.published(table)
        .groupBy(RUN_ID.name, F.lit(table.name).alias("table"))
        .agg(F.count("*").alias("rows"))
        .collect()
    )


def _times(run_id: str) -> dict[str, datetime]:
    """The times of a run, all of them the start time that its id contains."""
    started = datetime.strptime(run_id.partition("_")[0], "%Y%m%dt%H%M%S").replace(tzinfo=UTC)
    return {"started_at": started, "finished_at": started, "clock": started}
