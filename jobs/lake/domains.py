"""The domains of a lake: what their tables are made by."""

from jobs.ecommerce import daily
from jobs.runtime.job import Pipeline
from jobs.runtime.lake import Lake
from jobs.runtime.ledger import Ledger
from jobs.sources.intake import Intake

PIPELINES: dict[str, Pipeline] = {"ecommerce": daily.JOB}


def settle(lake: Lake, ledger: Ledger) -> None:
    """Decide what earlier runs left open, as the next run would: care removes the history that tells."""
    for job in (job for pipeline in PIPELINES.values() for job in pipeline.jobs):
        base = lake.main(job.writes)
        if job.rejects and base is not None:
            Intake(job, job.rejects, base, {}, lake, ledger).settle()
