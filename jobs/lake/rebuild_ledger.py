"""Rebuild a lost or damaged ledger from the tables: which files were taken, and by which runs."""

from jobs.runtime.ingest.validate_rows import READ_OPTIONS
from jobs.runtime.job import MaintenanceJob
from jobs.runtime.maintenance.domain_jobs import DOMAIN
from jobs.runtime.maintenance.ledger_rebuild import rebuild_ledger
from jobs.runtime.maintenance.live_run_check import LIVE_HOURS
from jobs.runtime.parameters import DRY_RUN, FILES
from jobs.runtime.run import run

JOB = MaintenanceJob(
    "lake.rebuild_ledger",
    rebuild_ledger,
    [DOMAIN, *(parameter for parameter in FILES if parameter.name in READ_OPTIONS), DRY_RUN, LIVE_HOURS],
)

if __name__ == "__main__":
    run(JOB)
