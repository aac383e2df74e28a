"""One mail that summarises the runs of a day."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pyspark.sql import Row
from pyspark.sql import functions as F

from jobs.runtime.batch.progress import DOLLARS_PER_DPU_HOUR
from jobs.runtime.day_ranges import local, midnight
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.masking import masked
from jobs.runtime.notify import outbox
from jobs.runtime.notify.channels import Post
from jobs.runtime.notify.rendering import of_weir
from schemas.ops.notices import NOTICES as SENT
from schemas.ops.runs import RUNS

# What ended so has to be looked at; the first that happened to a table of a run is what is told of the run. started: it runs still, or was killed.
_WORST = ("failed", "refused", "overtaken", "stopped", "started")
_ROWS = ("rows_read", "rows_kept", "rows_rejected", "rows_duplicate", "rows_late")


def digest(lake: Lake, ledger: Ledger, *, day: date | None, time_zone: str, dry_run: bool) -> str:
    """Send it to those whom `notify` names, each once; without, or if this is only tried, print it. A run belongs to the local day on which it began."""
    post, to_tell = Post.of(ledger.parameters), ledger.parameters["notify"]
    asked = day or local(ledger.clock, time_zone) - timedelta(days=1)
    first, last = midnight(asked, time_zone), midnight(asked + timedelta(days=1), time_zone)
    if last > ledger.clock:
        raise BadArgument(
            f"{asked} is not over in {time_zone}: the newest day to tell of is {local(ledger.clock, time_zone) - timedelta(days=1)}"
        )
    rows = _recorded(lake, first, last)
    told = {
        "day": asked,
        "time_zone": time_zone,
        "lake": masked(ledger.parameters["lake"]),
        **summed(rows),
        "unsent": _unsent(lake, first, last),
    }
    notice = of_weir("digest", told)
    about, notices, printed = (
        f"digest of {asked} {time_zone}",
        dict.fromkeys(to_tell, notice),
        f"{notice.subject}\n\n{notice.text}",
    )
    if dry_run:
        return f"{printed}\n\n{len(outbox.waiting(about, notices, ledger)):,} would be sent: --dry_run"
    if not to_tell:
        return printed
    outcomes = outbox.send_once(post, about, notices, ledger)
    return f"digest of {asked}: {outbox.told(outcomes)}"


def summed(rows: Sequence[Row]) -> dict[str, Any]:
    """What a digest tells of rows of ops.runs, one a run and table: `jobs` with their counts, `troubles` and `warnings` as sentences, and the cost."""
    by_run: dict[str, list[Row]] = {}
    for row in rows:
        by_run.setdefault(row.run_id, []).append(row)
    jobs: dict[str, Counter[str]] = {}
    for tables in by_run.values():
        of_job = jobs.setdefault(tables[0].job, Counter())
        of_job.update({"runs": 1, _ended(tables): 1, **{name: sum(row[name] or 0 for row in tables) for name in _ROWS}})
    hours = sum(tables[0].dpu_hours_estimate or 0 for tables in by_run.values())
    return {
        "jobs": [
            {"job": job, **{name: of_job[name] for name in ("runs", "published", "no_change", *_WORST, *_ROWS)}}
            for job, of_job in sorted(jobs.items())
        ],
        "troubles": [
            f"{tables[0].job} {ended}, run {run_id}: {_why(tables)}"
            for run_id, tables in by_run.items()
            if (ended := _ended(tables)) in _WORST
        ],
        "warnings": sorted(
            {f"{row.table}: {what}" for row in rows for what in (*_failed(row.suite_results_json), *_lacking(row))}
        ),
        "hours": hours,
        "dollars": hours * DOLLARS_PER_DPU_HOUR,
    }


def _ended(tables: Sequence[Row]) -> str:
    found = {row.status for row in tables}
    return next((status for status in _WORST if status in found), "published" if "published" in found else "no_change")


def _why(tables: Sequence[Row]) -> str:
    """The reasons that are not those of another table."""
    reasons = [row.message for row in tables if row.message and not row.message.startswith(("goes with ", "reads "))]
    return "; ".join(dict.fromkeys(reasons)) or "no end is recorded"


def _failed(results: str | None) -> list[str]:
    return [f"{one['name']} ({one['observed']})" for one in json.loads(results or "[]") if not one["success"]]


def _lacking(row: Row) -> list[str]:
    """What is to be told of a table that is as it should be: its files are not."""
    return [row.message] if row.message and row.status not in _WORST else []


def _recorded(lake: Lake, first: datetime, last: datetime) -> list[Row]:
    """What became of each table of each run that began in this time; previews are none."""
    if lake.main(RUNS) is None:
        return []
    columns = ("status", "message", *_ROWS, "suite_results_json", "dpu_hours_estimate")
    began = lake.published(RUNS).filter(F.col("started_at").between(first, last - timedelta.resolution))
    newest = began.groupBy("run_id", "job", "table").agg(
        F.max(F.struct(F.col("finished_at").isNotNull(), *columns)).alias("last")
    )
    return (
        newest.select("run_id", "job", "table", "last.*")
        .filter("status <> 'previewed'")
        .orderBy("run_id", "table")
        .collect()
    )


def _unsent(lake: Lake, first: datetime, last: datetime) -> int:
    """Notices of this time that did not arrive, or may not have."""
    if lake.main(SENT) is None:
        return 0
    of_day = lake.published(SENT).filter(F.col("recorded_at").between(first, last - timedelta.resolution))
    newest = of_day.groupBy("about", "recipient").agg(F.max(F.struct("recorded_at", "status")).alias("last"))
    return newest.filter("last.status <> 'sent'").count()
