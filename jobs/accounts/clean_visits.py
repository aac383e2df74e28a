"""Ingest new files of visits: convert to types and UTC, remove duplicates, reject invalid rows with reasons."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.accounts.clean_visits import CLEAN_VISITS
from schemas.accounts.raw_visits import RAW_VISITS
from schemas.accounts.rejected_visits import REJECTED_VISITS
from transforms.accounts.clean_visits import clean_visits

JOB = Job(reads=[RAW_VISITS], build=clean_visits, writes=CLEAN_VISITS, rejects=REJECTED_VISITS)

if __name__ == "__main__":
    run(JOB)
