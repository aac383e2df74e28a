"""Judge refused rows again: those whose problems a fix has solved go from the rejected table into the clean one."""

from jobs.runtime.job import MaintenanceJob
from jobs.runtime.maintenance.domains import DOMAIN
from jobs.runtime.maintenance.replay import replay_rejected
from jobs.runtime.parameters import DRY_RUN
from jobs.runtime.run import run

JOB = MaintenanceJob("lake.replay_rejected", replay_rejected, [DOMAIN, DRY_RUN])

if __name__ == "__main__":
    run(JOB)
