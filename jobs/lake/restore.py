"""Go back to how the delivered rows of a domain were after an earlier run; files of later runs are then not taken any more."""

from jobs.runtime.job import MaintenanceJob, Parameter
from jobs.runtime.maintenance.domains import DOMAIN
from jobs.runtime.maintenance.restoration import restore
from jobs.runtime.maintenance.run_guard import LIVE_HOURS
from jobs.runtime.parameters import DRY_RUN
from jobs.runtime.run import run

JOB = MaintenanceJob(
    "lake.restore",
    restore,
    [
        DOMAIN,
        Parameter("run", str, None, "the run after which all was well"),
        Parameter("snapshot", str, None, "or the snapshot of the table that takes the files"),
        DRY_RUN,
        LIVE_HOURS,
    ],
)

if __name__ == "__main__":
    run(JOB)
