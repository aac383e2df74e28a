"""Summarise the runs of one day in one mail: what was published, refused and failed, warnings, and cost."""

from jobs.runtime.job import MaintenanceJob, Parameter
from jobs.runtime.maintenance.digest import digest
from jobs.runtime.option_types import calendar_date
from jobs.runtime.parameters import DRY_RUN, TIME_ZONE
from jobs.runtime.run import run

JOB = MaintenanceJob(
    "lake.digest",
    digest,
    [Parameter("day", calendar_date, None, "local day to summarise; default: yesterday"), TIME_ZONE, DRY_RUN],
)

if __name__ == "__main__":
    run(JOB)
