"""Validate rejected rows again, and move those that now pass into the clean table."""

from jobs.runtime.job import MaintenanceJob
from jobs.runtime.maintenance.domain_jobs import DOMAIN
from jobs.runtime.maintenance.replay import replay_rejected
from jobs.runtime.parameters import DRY_RUN
from jobs.runtime.run import run

JOB = MaintenanceJob("lake.replay_rejected", replay_rejected, [DOMAIN, DRY_RUN])

if __name__ == "__main__":
    run(JOB)
