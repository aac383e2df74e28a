"""Erase a person: from the tables of a domain and from their history, and from what is delivered later."""

from jobs.runtime.job import MaintenanceJob, Parameter
from jobs.runtime.maintenance.domains import DOMAIN
from jobs.runtime.maintenance.erasure import forget, person_id
from jobs.runtime.maintenance.run_guard import LIVE_HOURS
from jobs.runtime.parameters import DRY_RUN
from jobs.runtime.run import run

JOB = MaintenanceJob(
    "lake.forget",
    forget,
    [
        DOMAIN,
        Parameter(
            "person", person_id, help="the id of the person, as in the person column of the tables", is_required=True
        ),
        DRY_RUN,
        LIVE_HOURS,
    ],
)

if __name__ == "__main__":
    run(JOB)
