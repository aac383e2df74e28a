"""Views for the suites of delivered tables: counts of the run, and weekday baselines."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_set import DayRanges, from_partitions
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.spark.small_frames import bounds, literal_row
from schemas.table import Table
from transforms.weekdays import MIN_KNOWN, WEEKS, against_weekdays

_DAY = timedelta(days=1)


def views(
    lake: Lake, ledger: Ledger, clean: Entry, counts: Mapping[str, int], remarks: Iterable[str]
) -> dict[str, DataFrame]:
    """The views `run`, `usual_rows` and `usual_refusals`.

    `run` has one row of counts. The others compare UTC days with earlier days of the same weekday, as returned by
    `against_weekdays`. `usual_rows` has the rows of each finished day that the run touched, and of each finished day
    without rows after the previously newest one. `usual_refusals` has the rejected rows per 10,000 read on the day of
    this run.
    """
    first, newest = bounds(lake.frame(clean.table, clean.base), clean.table.time) if clean.table.time else (None, None)
    summary = {f"rows_{kind}": count for kind, count in counts.items()} | {
        "remarks": " ".join(remarks),
        "clock": ledger.clock,
        "newest_before": newest,
    }
    today = ledger.clock.date()
    checked = _checked_days(lake, clean, newest, today - _DAY)
    # Stay empty if no day has enough earlier days of the same weekday, which saves a Spark job.
    rows = refusals = lake.spark.sql("SELECT DATE'1970-01-01' AS day, 0.0D AS value LIMIT 0")
    if clean.base is not None:
        since = today - 7 * WEEKS * _DAY
        refusals = ledger.rejection_rates(clean.table, since, counts["read"], counts["rejected"])
    if checked and clean.staged:
        start = max(first.date() if first else checked.first, checked.first - 7 * WEEKS * _DAY)
        if checked.last - start >= 7 * MIN_KNOWN * _DAY:
            rows = _rows_by_day(lake, clean.table, clean.staged, start, checked.last)
    baselines = {
        "usual_rows": against_weekdays(rows).filter(checked.condition("day", None)),
        "usual_refusals": against_weekdays(refusals).filter(F.col("day") == F.lit(today)),
    }
    return {"run": literal_row(lake.spark, summary), **baselines}


def _checked_days(lake: Lake, clean: Entry, newest: datetime | None, last: date) -> DayRanges:
    """The days to check, up to the last finished day; empty if the table is not partitioned by day."""
    is_by_day = clean.table.partition.startswith("days(")
    touched = (
        from_partitions(lake.changed_partitions(clean.table, clean.base, clean.staged.snapshot) or ())
        if clean.staged and is_by_day
        else DayRanges()
    )
    if not touched:
        return touched
    since_newest = (newest.date() + _DAY if newest else touched.first, touched.last)
    spans = [*touched.spans, *([since_newest] if since_newest[0] <= since_newest[1] else [])]
    return DayRanges.of(*((start, min(end, last)) for start, end in spans if start <= last))


def _rows_by_day(lake: Lake, table: Table, staged: Staged, first: date, last: date) -> DataFrame:
    """The number of rows of the staged table on each day; 0 for a day without rows."""
    days = lake.spark.sql(f"SELECT explode(sequence(DATE'{first}', DATE'{last}')) AS day")
    counted = lake.rows_per_day(table, staged.snapshot, first)
    return days.join(counted, "day", "left").select("day", F.coalesce("rows", F.lit(0)).cast("double").alias("value"))
