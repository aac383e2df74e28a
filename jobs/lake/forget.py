"""Erase a person from the tables of a domain and from their history, and reject their rows in later deliveries."""

from dataclasses import replace

from jobs.runtime.cdc.source_catalog import DOMAIN as CDC
from jobs.runtime.job import MaintenanceJob, Parameter
from jobs.runtime.maintenance.domain_jobs import DOMAIN, PIPELINES, STREAMS
from jobs.runtime.maintenance.erasure import erase_person, person_id
from jobs.runtime.maintenance.live_run_check import LIVE_HOURS
from jobs.runtime.parameters import DRY_RUN, one_of
from jobs.runtime.run import run

JOB = MaintenanceJob(
    "lake.forget",
    erase_person,
    [
        replace(DOMAIN, read=one_of(*PIPELINES, CDC, *STREAMS)),
        Parameter(
            "person", person_id, help="id of the person, as in the person column of the tables", is_required=True
        ),
        DRY_RUN,
        LIVE_HOURS,
    ],
)

if __name__ == "__main__":
    run(JOB)
