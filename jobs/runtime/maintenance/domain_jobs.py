"""The tables and jobs of a domain, for maintenance: recover interrupted runs, and rebuild marts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from jobs.runtime import registry
from jobs.runtime.batch.nested_run import run_nested
from jobs.runtime.cdc.source_catalog import DOMAIN as CDC
from jobs.runtime.cdc.source_catalog import cdc_job, lake_sources
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ingest.publish_and_recover import Recovery
from jobs.runtime.job import Cached, Job, Parameter, Pipeline
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake
from jobs.runtime.option_types import one_of
from jobs.runtime.parameters import CLOCK, WHERE
from schemas.table import Table

PIPELINES = {domain: pipeline for domain, pipeline in registry.pipelines().items() if domain != CDC}
STREAMS = registry.streams()
DOMAIN = Parameter(
    "domain",
    one_of(*PIPELINES, CDC),
    registry.MAIN_DOMAIN,
    "domain: the first part of its table names",
)


def domain_entries(lake: MaintainedLake, domain: str) -> list[Entry]:
    """Entries for the existing tables of the domain."""
    return [Entry(table, lake.main(table)) for table in lake.tables if table.domain == domain]


def ingest_jobs(lake: Lake, domain: str) -> list[tuple[Job, Table]]:
    """The jobs that take files, each with its rejected table.

    CDC jobs are read from the lake: their tables have the columns that the source has added since.
    """
    jobs = [cdc_job(source) for source in lake_sources(lake)] if domain == CDC else _jobs(domain)
    return [(job, job.rejects) for job in jobs if job.rejects]


def _jobs(domain: str) -> Sequence[Job]:
    """The jobs of a domain; a stream has none."""
    return PIPELINES[domain].jobs if domain in PIPELINES else ()


def recover_runs(lake: MaintainedLake, ledger: Ledger) -> None:
    """Recover the interrupted runs of all domains, as their next runs would.

    Maintenance removes the history from which recovery decides, so it recovers first.
    """
    for job, rejects in (pair for domain in (*PIPELINES, CDC) for pair in ingest_jobs(lake, domain)):
        base = lake.main(job.writes)
        if base is not None:
            Recovery.of(job, rejects, base, lake, ledger).recover()


def rebuild_marts(lake: MaintainedLake, ledger: Ledger, domain: str) -> None:
    """Rebuild the existing marts of the domain, and those that they read, in full, with their newest parameters.

    The exception is as_of, which follows the newest event. A later run of the pipeline with other parameters rebuilds
    them with those. The CDC domain and streams have no marts.
    """
    if domain not in PIPELINES:
        return
    pipeline = PIPELINES[domain]
    groups: list[tuple[dict[str, Any], list[Job]]] = []
    existing = {job.writes.name for job in pipeline.jobs if lake.main(job.writes) is not None}
    # A lake of an earlier release may lack a table that its marts read by now.
    read = {table.name for job in pipeline.jobs if job.writes.name in existing for table in job.reads}
    for job in (job for job in pipeline.jobs if not job.rejects and job.writes.name in existing | read):
        is_there = job.writes.name in existing
        parameters: dict[str, Any] = lake.consumed(job.writes).get("parameters", {}) if is_there else {}
        if isinstance(job.increment, Cached):
            parameters[job.increment.budget] = "0"
        # Consecutive marts without conflicting parameters are rebuilt in one run.
        if not groups or any(parameters[name] != groups[-1][0].get(name, parameters[name]) for name in parameters):
            groups.append(({}, []))
        groups[-1][0].update(parameters)
        groups[-1][1].append(job)
    location = {parameter.name: ledger.parameters[parameter.name] for parameter in (*WHERE, CLOCK)}
    for number, (parameters, marts) in enumerate(groups, 1):
        options = {
            name: _text(value)
            for name, value in {**parameters, **location}.items()
            if value not in (None, "None", False) and name != "as_of"
        }
        nested = replace(ledger, run_id=f"{ledger.run_id}_marts{number if number > 1 else ''}")
        run_nested(Pipeline(pipeline.name, marts, pipeline.board), {**options, "full": "true"}, lake, nested)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else "true" if value is True else str(value)
