"""Compact small files, and remove expired history, stale branches and orphan files."""

from datetime import datetime, timedelta

from jobs.runtime.cdc.applied_position import newest_change
from jobs.runtime.cdc.source_catalog import DOMAIN as CDC
from jobs.runtime.cdc.source_catalog import lake_sources
from jobs.runtime.iceberg.ddl import TOMBSTONES_EXPIRED_UNTIL
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.maintenance.domain_jobs import recover_runs
from jobs.runtime.maintenance.live_run_check import recorded_run, require_no_live_run
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake, Size
from jobs.runtime.wording import count
from schemas.cdc_source import CdcSource
from schemas.table import Table


def maintain(
    lake: Lake, ledger: Ledger, *, domain: str | None = None, keep_days: int, dry_run: bool, live_hours: int
) -> str:
    """Maintain all tables, or those of a domain. Returns a report of what was saved, table by table.

    Removes tombstones older than the tombstone_days of their source. Keeps history for `keep_days`, and back to the
    oldest snapshot that a mart was built from. Raises Overtaken while a run may be live, because compaction would make
    it end with code 4: a run is live if it started within `live_hours` and has recorded no end.
    """
    maintained, keep_from = MaintainedLake(lake.spark), ledger.clock - timedelta(days=keep_days)
    tables = [table for table in maintained.tables if domain in (None, table.domain)]
    entries = [Entry(table, lake.main(table)) for table in tables]
    if dry_run:
        consumed = maintained.oldest_consumed()
        preview = [
            _preview(maintained, entry.table, keep_from, consumed.get(entry.table.name, keep_from)) for entry in entries
        ]
        return "\n".join([*preview, "nothing was changed: --dry_run"])
    with recorded_run(ledger, entries):
        require_no_live_run(ledger, live_hours)
        recover_runs(maintained, ledger)
        for source in lake_sources(maintained) if domain in (None, CDC) else ():
            _expire_tombstones(maintained, source, ledger)
        consumed = maintained.oldest_consumed()
        for entry in entries:
            before = maintained.size(entry.table)
            require_no_live_run(ledger, live_hours)
            oldest_consumed = consumed.get(entry.table.name, keep_from)
            branches, orphans = _maintain_table(maintained, entry.table, keep_from, oldest_consumed)
            entry.message = _describe_savings(before, maintained.size(entry.table), branches, orphans)
            entry.status = "published" if entry.message else "no_change"
    report = [f"{entry.table.name}: {entry.message or 'nothing to do'}" for entry in entries]
    return "\n".join(report) or "there are no tables"


def _expire_tombstones(lake: MaintainedLake, source: CdcSource, ledger: Ledger) -> None:
    """Delete old tombstones, and store the time up to which they were deleted.

    Their age counts from the newest change, or from the clock of the run if that is earlier.

    Changes from before that time are rejected as beyond_retention.
    """
    newest = newest_change(lake, source, lake.main(source.current))
    if not newest or not source.tombstone_days:
        return
    until = min(newest, ledger.clock) - timedelta(days=source.tombstone_days)
    is_expired = f"kind = 'tombstone' AND _seq.commit_ts < TIMESTAMP '{until:%Y-%m-%d %H:%M:%S.%f}Z'"
    if not lake.published(source.aux).filter(is_expired).isEmpty():
        lake.spark.sql(
            f"ALTER TABLE lake.{source.aux.name} SET TBLPROPERTIES ('{TOMBSTONES_EXPIRED_UNTIL}'='{until.isoformat()}')"
        )
        lake.delete_rows(source.aux, is_expired, ledger.run_id)


def _maintain_table(
    lake: MaintainedLake, table: Table, keep_from: datetime, oldest_consumed: datetime
) -> tuple[int, int]:
    """Maintain one table. Returns the numbers of branches and orphan files removed."""
    branches = lake.stale_branches(table, keep_from)
    for run_id in branches:
        lake.drop_branch(table, run_id)
    lake.compact(table)
    lake.expire_snapshots(table, min(keep_from, oldest_consumed))
    return len(branches), lake.remove_orphans(table, keep_from)


def _preview(lake: MaintainedLake, table: Table, keep_from: datetime, oldest_consumed: datetime) -> str:
    files, partitions = lake.count_compactable(table)
    snapshots = lake.count_expirable(table, min(keep_from, oldest_consumed))
    branches, orphans = len(lake.stale_branches(table, keep_from)), lake.count_orphans(table, keep_from)
    return (
        f"{table.name}: {count(files, 'file')} would be compacted into {partitions:,}, {count(snapshots, 'snapshot')}, "
        f"{_removed(branches, orphans)}"
    )


def _describe_savings(before: Size, after: Size, branches: int, orphans: int) -> str | None:
    """The change in size as text; None where the size is the same."""
    if before == after:
        return None
    counts = [(name, getattr(before, name), getattr(after, name)) for name in ("files", "bytes", "snapshots")]
    savings = [f"{count(old, name.removesuffix('s'))} -> {new:,}" for name, old, new in counts]
    return ", ".join([*savings, _removed(branches, orphans)])


def _removed(branches: int, orphans: int) -> str:
    return f"{count(branches, 'branch', 'branches')} and {count(orphans, 'orphan file')} removed"
