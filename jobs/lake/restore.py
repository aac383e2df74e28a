"""Restore the delivered rows of a domain to their state after an earlier run, without the files of later runs."""

from jobs.runtime.job import MaintenanceJob, Parameter
from jobs.runtime.maintenance.domain_jobs import DOMAIN
from jobs.runtime.maintenance.domain_rollback import restore
from jobs.runtime.maintenance.live_run_check import LIVE_HOURS
from jobs.runtime.parameters import DRY_RUN
from jobs.runtime.run import run

JOB = MaintenanceJob(
    "lake.restore",
    restore,
    [
        DOMAIN,
        Parameter("run", str, None, "last good run: everything after it is rolled back"),
        Parameter("snapshot", str, None, "or the last good snapshot of a table that takes files"),
        DRY_RUN,
        LIVE_HOURS,
    ],
)

if __name__ == "__main__":
    run(JOB)
