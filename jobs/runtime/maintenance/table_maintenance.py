"""Compact small files, and remove expired history, stale branches and orphan files."""

from datetime import datetime, timedelta

from jobs.runtime.cdc.apply_changes import newest_change
from jobs.runtime.cdc.tables import all_followed
from jobs.runtime.iceberg.ddl import FORGOTTEN_UNTIL
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.maintenance.domains import settle
from jobs.runtime.maintenance.maintained_lake import MaintainedLake, Size
from jobs.runtime.maintenance.run_guard import recorded, stay_clear
from schemas.changing import CdcSource
from schemas.table import Table


def maintain(lake: Lake, ledger: Ledger, *, keep_days: int, dry_run: bool, live_hours: int) -> str:
    """What was saved, table by table.

    Rows that were deleted at their source longer ago than tombstone_days are not remembered any more.
    History stays for `keep_days`, and as far back as the oldest snapshot that a mart names as what it was made of.
    A run whose rows in ops.runs say `started` and no more, and that began within `live_hours`, is taken to be under way.
    Raises Overtaken then, since a run whose table was compacted meanwhile would end with 4.
    """
    tended, kept_from = MaintainedLake(lake.spark), ledger.clock - timedelta(days=keep_days)
    entries = [Entry(table, lake.main(table)) for table in tended.tables]
    if dry_run:
        needed_since = tended.needed_since()
        told = [
            _foretold(tended, entry.table, kept_from, needed_since.get(entry.table.name, kept_from))
            for entry in entries
        ]
        return "\n".join([*told, "nothing was changed: --dry_run"])
    with recorded(ledger, entries):
        stay_clear(ledger, live_hours)
        settle(tended, ledger)
        for changing in all_followed(tended):
            _forget_deleted(tended, changing, ledger.run_id)
        needed_since = tended.needed_since()
        for entry in entries:
            before = tended.size(entry.table)
            stay_clear(ledger, live_hours)
            branches, orphans = _tend(tended, entry.table, kept_from, needed_since.get(entry.table.name, kept_from))
            entry.message = _saved(before, tended.size(entry.table), branches, orphans)
            entry.status = "published" if entry.message else "no_change"
    return (
        "\n".join(f"{entry.table.name}: {entry.message or 'nothing to do'}" for entry in entries)
        or "there are no tables"
    )


def _forget_deleted(tended: MaintainedLake, changing: CdcSource, run_id: str) -> None:
    """Deleted rows need not be remembered for ever: what still comes of them is refused as beyond_retention."""
    newest = newest_change(tended, changing, tended.main(changing.current))
    if not newest or not changing.tombstone_days:
        return
    until = newest - timedelta(days=changing.tombstone_days)
    past = f"kind = 'tombstone' AND _seq.commit_ts < TIMESTAMP '{until:%Y-%m-%d %H:%M:%S.%f}Z'"
    if not tended.published(changing.aux).filter(past).isEmpty():
        tended.spark.sql(
            f"ALTER TABLE lake.{changing.aux.name} SET TBLPROPERTIES ('{FORGOTTEN_UNTIL}'='{until.isoformat()}')"
        )
        tended.erase(changing.aux, past, run_id)


def _tend(tended: MaintainedLake, table: Table, kept_from: datetime, needed_since: datetime) -> tuple[int, int]:
    """How many branches and unknown files were removed."""
    branches = tended.branches(table, kept_from)
    for run_id in branches:
        tended.drop(table, run_id)
    tended.compact(table)
    tended.expire(table, min(kept_from, needed_since))
    return len(branches), tended.sweep(table, kept_from)


def _foretold(tended: MaintainedLake, table: Table, kept_from: datetime, needed_since: datetime) -> str:
    joined, places = tended.to_compact(table)
    lost, branches, unknown = (
        tended.to_expire(table, min(kept_from, needed_since)),
        len(tended.branches(table, kept_from)),
        tended.to_sweep(table, kept_from),
    )
    return f"{table.name}: {joined:,} files would be joined into {places:,}, {lost:,} snapshots, {branches:,} branches and {unknown:,} unknown files removed"


def _saved(before: Size, after: Size, branches: int, orphans: int) -> str | None:
    if before == after:
        return None
    counts = [(name, getattr(before, name), getattr(after, name)) for name in ("files", "bytes", "snapshots")]
    told = [f"{was:,} {name} are now {now:,}" for name, was, now in counts]
    return ", ".join([*told, f"{branches:,} branches and {orphans:,} unknown files removed"])
