"""Ingest new files of shop events: convert to types and UTC, remove duplicates, reject invalid rows with reasons."""

from jobs.runtime.job import Job, Parameter
from jobs.runtime.parameters import whole_number
from jobs.runtime.run import run
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.raw_events import RAW_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from transforms.ecommerce.clean_events import clean_events

JOB = Job(
    reads=[RAW_EVENTS],
    build=clean_events,
    writes=CLEAN_EVENTS,
    rejects=REJECTED_EVENTS,
    parameters=[
        Parameter(
            "max_late_days",
            whole_number,
            help="events more than this many days before the newest published day are late; default: no limit",
        )
    ],
)

if __name__ == "__main__":
    run(JOB)
