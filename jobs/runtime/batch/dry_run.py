"""What publishing a staged table would change for its readers, counted by period."""

from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import spanned
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.ledger.entries import Entry
from schemas.table import Table
from transforms.differences import differences

COUNTS = ("rows_added", "rows_replaced", "rows_removed")


def preview(lake: Lake, entry: Entry, run_id: str) -> list[dict[str, Any]]:
    """The counts by period of the table: a day, a month, or all of it. Nothing where the rows stay the same."""
    table, base = entry.table, entry.base
    touched = lake.changed(table, base, entry.staged.snapshot) if entry.staged else None
    if touched == set():
        return []
    held = (
        spanned(touched).hold(table.partition_column, "UTC" if table.is_by_instant else None)
        if touched
        else F.lit(True)
    )
    sides = [frame.filter(held) for frame in (lake.frame(table, base), lake.staged(table, run_id))]
    found = differences(*sides, key=table.key, columns=table.data_columns, period=_period(table))
    return [{"table": table.name, **row.asDict()} for row in found.collect()]


def told(changed: list[dict[str, Any]]) -> list[str]:
    """Each as a sentence."""
    words = [
        (change, [f"{change[count]:,} {count.removeprefix('rows_')}" for count in COUNTS if change[count]])
        for change in changed
    ]
    return [f"{change['table']} {change['period']}: {', '.join(counts)}" for change, counts in words]


def _period(table: Table) -> Column:
    if not table.partition:
        return F.lit("all")
    return F.date_format(table.partition_column, "yyyy-MM" if table.partition.startswith("months") else "yyyy-MM-dd")
