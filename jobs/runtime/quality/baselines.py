"""What the suites of delivered tables compare with: counts of the run, and weekday baselines."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import DayRanges, spanned
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.spark.frames import bounds
from jobs.runtime.spark.local_frames import View, known
from schemas.table import Table
from transforms.weekdays import FEWEST, WEEKS, against_weekdays

_DAY = timedelta(days=1)


def views(
    lake: Lake, ledger: Ledger, clean: Entry, counts: Mapping[str, int], remarks: Iterable[str]
) -> dict[str, View]:
    """`run` has one row; `usual_rows` and `usual_refusals` the UTC days that are to be judged, as `against_weekdays` has them.

    The rows are those of a day that is over and that the run touched, or that passed without any since the newest one before;
    the refusals are those of 10,000 rows read on the day of this run.
    """
    first, newest = bounds(lake.frame(clean.table, clean.base), clean.table.time) if clean.table.time else (None, None)
    told = {f"rows_{kind}": count for kind, count in counts.items()} | {
        "remarks": " ".join(remarks),
        "clock": ledger.clock,
        "newest_before": newest,
    }
    today = ledger.clock.date()
    judged = _judged(lake, clean, newest, today - _DAY)
    # Where it is plain that no day has enough of the same weekday before it, nothing is read: Spark makes nothing of no rows without a job.
    rows = read = lake.spark.sql("SELECT DATE'1970-01-01' AS day, 0.0D AS value LIMIT 0")
    if clean.base is not None:
        read = ledger.refusals(clean.table, today - 7 * WEEKS * _DAY, counts["read"], counts["rejected"])
    if judged and clean.staged:
        began = max(first.date() if first else judged.first, judged.first - 7 * WEEKS * _DAY)
        if judged.last - began >= 7 * FEWEST * _DAY:
            rows = _by_day(lake, clean.table, clean.staged, began, judged.last)
    usual = {
        "usual_rows": against_weekdays(rows).filter(judged.hold("day", None)),
        "usual_refusals": against_weekdays(read).filter(F.col("day") == F.lit(today)),
    }
    return {"run": known(lake.spark, told), **{name: View(frame) for name, frame in usual.items()}}


def _judged(lake: Lake, clean: Entry, newest: datetime | None, last: date) -> DayRanges:
    """The days up to the last one that is over."""
    is_by_day = clean.table.partition.startswith("days(")
    touched = (
        spanned(lake.changed(clean.table, clean.base, clean.staged.snapshot) or ())
        if clean.staged and is_by_day
        else DayRanges()
    )
    if not touched:
        return touched
    passed = (newest.date() + _DAY if newest else touched.first, touched.last)
    spans = [*touched.spans, *([passed] if passed[0] <= passed[1] else [])]
    return DayRanges.of(*((one, min(other, last)) for one, other in spans if one <= last))


def _by_day(lake: Lake, table: Table, staged: Staged, first: date, last: date) -> DataFrame:
    """How many rows the staged table has on each day, also where it has none."""
    days = lake.spark.sql(f"SELECT explode(sequence(DATE'{first}', DATE'{last}')) AS day")
    counted = lake.counted(table, staged.snapshot, first)
    return days.join(counted, "day", "left").select("day", F.coalesce("rows", F.lit(0)).cast("double").alias("value"))
