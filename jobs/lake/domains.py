"""The domains of a lake: what their tables are made by, and made anew."""

from datetime import datetime
from typing import Any

from jobs.ecommerce import daily
from jobs.lake.tended import Tended
from jobs.parameters import CLOCK, WHERE, one_of
from jobs.runtime.job import Job, Parameter, Pipeline
from jobs.runtime.ledger import Entry, Ledger
from jobs.runtime.run import go_on
from jobs.sources.intake import Intake
from schemas.table import Table

PIPELINES: dict[str, Pipeline] = {"ecommerce": daily.JOB}
DOMAIN = Parameter("domain", one_of(*PIPELINES), "ecommerce", "the domain: the first part of the names of its tables")


def entries_of(lake: Tended, domain: str) -> list[Entry]:
    """The tables of the domain that are there."""
    return [Entry(table, lake.main(table)) for table in lake.tables if table.domain == domain]


def takers(domain: str) -> list[tuple[Job, Table]]:
    """The jobs that take files, each with the table of what it refuses."""
    return [(job, job.rejects) for job in PIPELINES[domain].jobs if job.rejects]


def settle(lake: Tended, ledger: Ledger) -> None:
    """Decide what earlier runs left open, as the next run would: care removes the history that tells."""
    for job, rejects in (taker for domain in PIPELINES for taker in takers(domain)):
        base = lake.main(job.writes)
        if base is not None:
            Intake(job, rejects, base, {}, lake, ledger).settle()


def rebuild(lake: Tended, ledger: Ledger, domain: str) -> None:
    """Make the marts of the domain that are there anew, in full, as their newest snapshots were asked for.

    But for as_of, which is left to follow the newest event; a pipeline that is asked another way makes them so the next time.
    """
    pipeline = PIPELINES[domain]
    marts = [job for job in pipeline.jobs if not job.rejects and lake.main(job.writes) is not None]
    asked: dict[str, Any] = {name: value for job in marts for name, value in lake.consumed(job.writes).get("parameters", {}).items()}
    asked |= {parameter.name: ledger.parameters[parameter.name] for parameter in (*WHERE, CLOCK)}
    given = {name: value for name, value in asked.items() if value not in (None, "None", False) and name != "as_of"}
    argv = [f"--{name}={_text(value)}" for name, value in given.items()]
    if marts:
        go_on(Pipeline(pipeline.name, marts, pipeline.board), [*argv, "--full=true"], lake, ledger)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else "true" if value is True else str(value)
