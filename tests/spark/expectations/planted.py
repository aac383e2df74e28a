"""Ten good rows of a table, and a violation of each expectation of its suite, from PLANTED of its transform's test."""

import importlib
from importlib import util
from typing import Any

from jobs.runtime.job import Job
from jobs.runtime.registry import jobs_by_name
from schemas.realtime.rejected_stream_events import REJECTED_STREAM_EVENTS
from schemas.table import Table
from tests.planted import Planted, row, run
from tests.spark.expectations import planted_streams
from tests.spark.expectations.planted_events import COUNTS, OF_REFUSED, REFUSED

UNDECIDABLE = "no file has an ambiguous order of day and month"


def _found() -> dict[Table, Planted]:
    """The planted rows of each job whose test declares them. Rejected rows are the same for all jobs."""
    found: dict[Table, Planted] = {}
    for name, (job, _) in jobs_by_name().items():
        domain, _, stem = name.partition(".")
        tests = util.find_spec(f"tests.transforms.{domain}.test_{stem}") if isinstance(job, Job) else None
        if tests and (planted := getattr(importlib.import_module(tests.name), "PLANTED", None)):
            found[job.writes] = planted
            found |= {job.rejects: _refused(job.rejects)} if job.rejects else {}
    return found


def _refused(table: Table) -> Planted:
    ambiguous = [problem for problem in table.problems if problem.startswith("ambiguous_")]
    breaks = {**OF_REFUSED, **({UNDECIDABLE: row(problems=ambiguous[:1])} if ambiguous else {})}
    return Planted([{**one, "problems": ["encoding"]} for one in REFUSED], breaks)


def _claimed(table: Table) -> dict[str, dict[str, Any]]:
    """The violations of expectations that follow from the schema."""
    given = {f"{name} is not null": row(**{name: None}) for name in table.required}
    once = {"the key is unique": {"repeats": list(table.key)}} if table.key else {}
    return {
        **given,
        **once,
        **({"the row count equals the new valid rows of the input": run(rows_read=14)} if table.is_clean else {}),
    }


def _counts(table: Table) -> dict[str, Any]:
    return {"rows_rejected": 8, "rows_late": 2} if table.problems else COUNTS if table.is_clean else {}


FOUND = {
    **_found(),
    **planted_streams.PLANTED,
    REJECTED_STREAM_EVENTS: _refused(REJECTED_STREAM_EVENTS),
}
GOOD = {
    table: (
        list(map(dict, one.rows)),
        {other: list(map(dict, rows)) for other, rows in one.beside.items()},
        _counts(table),
    )
    for table, one in FOUND.items()
}
BAD = {table: {**one.breaks, **_claimed(table)} for table, one in FOUND.items()}
