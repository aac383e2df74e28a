"""The tables and jobs of a domain, for maintenance: settle interrupted runs, and rebuild marts."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from jobs.runtime import registry
from jobs.runtime.batch.nested import run_nested
from jobs.runtime.cdc.tables import DOMAIN as FOLLOWED
from jobs.runtime.cdc.tables import all_followed, follows
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.ingest.recovery import Recovery
from jobs.runtime.job import Job, Parameter, Pipeline
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.maintenance.maintained_lake import MaintainedLake
from jobs.runtime.option_types import one_of
from jobs.runtime.parameters import CLOCK, WHERE
from schemas.table import Table

PIPELINES = {domain: pipeline for domain, pipeline in registry.pipelines().items() if domain != FOLLOWED}
DOMAIN = Parameter(
    "domain",
    one_of(*PIPELINES, FOLLOWED),
    registry.MAIN_DOMAIN,
    "the domain: the first part of the names of its tables",
)


def entries_of(lake: MaintainedLake, domain: str) -> list[Entry]:
    """The tables of the domain that are there."""
    return [Entry(table, lake.main(table)) for table in lake.tables if table.domain == domain]


def takers(lake: Lake, domain: str) -> list[tuple[Job, Table]]:
    """The jobs that take files, each with the table of what it refuses; what follows a source has the columns that it has got since."""
    jobs = [follows(changing) for changing in all_followed(lake)] if domain == FOLLOWED else PIPELINES[domain].jobs
    return [(job, job.rejects) for job in jobs if job.rejects]


def settle(lake: MaintainedLake, ledger: Ledger) -> None:
    """Decide what earlier runs left open, as the next run would: care removes the history that tells."""
    for job, rejects in (taker for domain in (*PIPELINES, FOLLOWED) for taker in takers(lake, domain)):
        base = lake.main(job.writes)
        if base is not None:
            Recovery.of(job, rejects, base, lake, ledger).settle()


def rebuild(lake: MaintainedLake, ledger: Ledger, domain: str) -> None:
    """Make the marts of the domain that are there anew, in full, as their newest snapshots were asked for.

    What follows a source has none. But for as_of, which is left to follow the newest event; a pipeline that is asked another way makes them so the next time.
    """
    if domain == FOLLOWED:
        return
    pipeline = PIPELINES[domain]
    alike: list[tuple[dict[str, Any], list[Job]]] = []
    for job in (one for one in pipeline.jobs if not one.rejects and lake.main(one.writes) is not None):
        asked: dict[str, Any] = lake.consumed(job.writes).get("parameters", {})
        # Neighbours that were not asked for different things are made in one run.
        if not alike or any(asked[name] != alike[-1][0].get(name, asked[name]) for name in asked):
            alike.append(({}, []))
        alike[-1][0].update(asked)
        alike[-1][1].append(job)
    where = {parameter.name: ledger.parameters[parameter.name] for parameter in (*WHERE, CLOCK)}
    for number, (asked, marts) in enumerate(alike, 1):
        given = {
            name: value
            for name, value in {**asked, **where}.items()
            if value not in (None, "None", False) and name != "as_of"
        }
        of_run = replace(ledger, run_id=f"{ledger.run_id}_marts{number if number > 1 else ''}")
        run_nested(
            Pipeline(pipeline.name, marts, pipeline.board),
            {**{name: _text(value) for name, value in given.items()}, "full": "true"},
            lake,
            of_run,
        )


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else "true" if value is True else str(value)
