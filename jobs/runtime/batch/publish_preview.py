"""Count, by period, what publishing a staged table would change for its readers."""

from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.runtime.day_set import from_partitions
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ledger.run_entry import Entry
from schemas.table import Table
from transforms.differences import differences

COUNTS = ("rows_added", "rows_replaced", "rows_removed")


def preview(lake: Lake, entry: Entry, run_id: str) -> list[dict[str, Any]]:
    """The changed rows of the table by period: a day, a month, or the whole table. Unchanged periods are left out."""
    table, base = entry.table, entry.base
    partitions = lake.changed_partitions(table, base, entry.staged.snapshot) if entry.staged else None
    if partitions == set():
        return []
    is_in_partitions = (
        from_partitions(partitions).condition(table.partition_column, "UTC" if table.is_by_instant else None)
        if partitions
        else F.lit(True)
    )
    sides = [frame.filter(is_in_partitions) for frame in (lake.frame(table, base), lake.staged(table, run_id))]
    changes = differences(*sides, key=table.key, columns=table.data_columns, period=_period(table))
    return [{"table": table.name, **row.asDict()} for row in changes.collect()]


def describe_changes(changes: list[dict[str, Any]]) -> list[str]:
    """One line per changed period of a table."""
    lines = []
    for change in changes:
        counts = [f"{change[count]:,} {count.removeprefix('rows_')}" for count in COUNTS if change[count]]
        lines.append(f"{change['table']} {change['period']}: {', '.join(counts)}")
    return lines


def _period(table: Table) -> Column:
    if not table.partition:
        return F.lit("all")
    return F.date_format(table.partition_column, "yyyy-MM" if table.partition.startswith("months") else "yyyy-MM-dd")
