"""One mail that summarises the runs of a day."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pyspark.sql import Row
from pyspark.sql import functions as F

from jobs.runtime.batch.progress import DOLLARS_PER_DPU_HOUR
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.notify import outbox
from jobs.runtime.notify.channels import NoticeSender
from jobs.runtime.notify.rendering import render_builtin
from jobs.runtime.redaction import mask
from jobs.runtime.time_zone_rules import local_date, midnight
from schemas.ops.notices import NOTICES as SENT
from schemas.ops.runs import RUNS

# Statuses to look into, the worst first; a run has the worst status of its tables. A run that stays `started` is still
# running, or was killed.
_FAILURES = ("failed", "refused", "overtaken", "stopped", "started")
_ROWS = ("rows_read", "rows_kept", "rows_rejected", "rows_duplicate", "rows_late")


def digest(lake: Lake, ledger: Ledger, *, day: date | None, time_zone: str, dry_run: bool) -> str:
    """Send the digest once to each recipient of `notify`; without recipients, or in a dry run, return it.

    A run belongs to the local day on which it started. Raises BadArgument where the day is not over.
    """
    sender, recipients = NoticeSender.of(ledger.parameters), ledger.parameters["notify"]
    yesterday = local_date(ledger.clock, time_zone) - timedelta(days=1)
    day = day or yesterday
    start, end = midnight(day, time_zone), midnight(day + timedelta(days=1), time_zone)
    if end > ledger.clock:
        raise BadArgument(f"{day} is not over in {time_zone}: the newest day to summarise is {yesterday}")
    context = {
        "day": day,
        "time_zone": time_zone,
        "lake": mask(ledger.parameters["lake"]),
        **summarise_runs(_read_runs(lake, start, end)),
        "unsent": _count_unsent(lake, start, end),
    }
    notice = render_builtin("digest", context)
    about, notices = f"digest of {day} {time_zone}", dict.fromkeys(recipients, notice)
    printed = f"{notice.subject}\n\n{notice.text}"
    if dry_run:
        return f"{printed}\n\n{len(outbox.unsent(about, notices, ledger)):,} would be sent: --dry_run"
    if not recipients:
        return printed
    outcomes = outbox.send_once(sender, about, notices, ledger)
    return f"digest of {day}: {outbox.summarize(outcomes)}"


def summarise_runs(rows: Sequence[Row]) -> dict[str, Any]:
    """The template variables of a digest, from rows of ops.runs, one per run and table.

    `jobs` with their counts, `troubles` and `warnings` as sentences, and the cost as `hours` and `dollars`.
    """
    by_run: dict[str, list[Row]] = {}
    for row in rows:
        by_run.setdefault(row.run_id, []).append(row)
    jobs: dict[str, Counter[str]] = {}
    for tables in by_run.values():
        counts = jobs.setdefault(tables[0].job, Counter())
        rows_of_run = {name: sum(row[name] or 0 for row in tables) for name in _ROWS}
        counts.update({"runs": 1, _status(tables): 1, **rows_of_run})
    hours = sum(tables[0].dpu_hours_estimate or 0 for tables in by_run.values())
    return {
        "jobs": [
            {"job": job, **{name: counts[name] for name in ("runs", "published", "no_change", *_FAILURES, *_ROWS)}}
            for job, counts in sorted(jobs.items())
        ],
        "troubles": [
            f"{tables[0].job} {status}, run {run_id}: {_reasons(tables)}"
            for run_id, tables in by_run.items()
            if (status := _status(tables)) in _FAILURES
        ],
        "warnings": sorted(
            {
                f"{row.table}: {warning}"
                for row in rows
                for warning in (*_failed_expectations(row.suite_results_json), *_message_of_success(row))
            }
        ),
        "hours": hours,
        "dollars": hours * DOLLARS_PER_DPU_HOUR,
    }


def _status(tables: Sequence[Row]) -> str:
    """The status of a run, from the statuses of its tables."""
    statuses = {row.status for row in tables}
    success = "published" if "published" in statuses else "no_change"
    return next((status for status in _FAILURES if status in statuses), success)


def _reasons(tables: Sequence[Row]) -> str:
    """The messages of the tables, without those that only follow from another table."""
    reasons = [row.message for row in tables if row.message and not row.message.startswith(("refused with ", "reads "))]
    return "; ".join(dict.fromkeys(reasons)) or "no end is recorded"


def _failed_expectations(results: str | None) -> list[str]:
    return [
        f"{result['name']} ({result['observed']})" for result in json.loads(results or "[]") if not result["success"]
    ]


def _message_of_success(row: Row) -> list[str]:
    """The message of a table that did not fail, such as that of a failed export."""
    return [row.message] if row.message and row.status not in _FAILURES else []


def _read_runs(lake: Lake, start: datetime, end: datetime) -> list[Row]:
    """The newest row of ops.runs for each run and table, of runs that started in this time, without dry runs."""
    if lake.main(RUNS) is None:
        return []
    columns = ("status", "message", *_ROWS, "suite_results_json", "dpu_hours_estimate")
    started = lake.published(RUNS).filter(F.col("started_at").between(start, end - timedelta.resolution))
    newest = started.groupBy("run_id", "job", "table").agg(
        F.max(F.struct(F.col("finished_at").isNotNull(), *columns)).alias("last")
    )
    return (
        newest.select("run_id", "job", "table", "last.*")
        .filter("status <> 'previewed'")
        .orderBy("run_id", "table")
        .collect()
    )


def _count_unsent(lake: Lake, start: datetime, end: datetime) -> int:
    """The number of notices of this time that were not sent, or may not have arrived."""
    if lake.main(SENT) is None:
        return 0
    of_day = lake.published(SENT).filter(F.col("recorded_at").between(start, end - timedelta.resolution))
    newest = of_day.groupBy("about", "recipient").agg(F.max(F.struct("recorded_at", "status")).alias("last"))
    return newest.filter("last.status <> 'sent'").count()
