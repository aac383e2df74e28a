"""Maintain all tables: compact small files, and remove expired history, stale branches and orphan files."""

from dataclasses import replace

from jobs.runtime.cdc.source_catalog import DOMAIN as CDC
from jobs.runtime.job import MaintenanceJob, Parameter
from jobs.runtime.maintenance.domain_jobs import DOMAIN, PIPELINES, STREAMS
from jobs.runtime.maintenance.live_run_check import LIVE_HOURS
from jobs.runtime.maintenance.table_maintenance import maintain
from jobs.runtime.option_types import number_between, one_of
from jobs.runtime.parameters import DRY_RUN
from jobs.runtime.run import run

JOB = MaintenanceJob(
    "lake.maintain",
    maintain,
    [
        replace(
            DOMAIN,
            read=one_of(*PIPELINES, CDC, *STREAMS),
            default=None,
            help="maintain the tables of this domain only",
        ),
        Parameter(
            "keep_days", number_between(0, 36_500), 7, "days of history to keep, and of branches of finished runs"
        ),
        DRY_RUN,
        LIVE_HOURS,
    ],
)

if __name__ == "__main__":
    run(JOB)
