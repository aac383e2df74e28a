"""Ingest new files of customer accounts: parse dates, remove duplicates, reject invalid rows with reasons."""

from jobs.runtime.job import Job, Parameter
from jobs.runtime.parameters import one_of
from jobs.runtime.run import run
from schemas.accounts.clean_accounts import CLEAN_ACCOUNTS
from schemas.accounts.raw_accounts import RAW_ACCOUNTS
from schemas.accounts.rejected_accounts import REJECTED_ACCOUNTS
from transforms.accounts.clean_accounts import clean_accounts
from transforms.dates import INFER, PROFILES

DATE_PROFILE = Parameter(
    "date_profile",
    one_of(*PROFILES, INFER),
    "seed000",
    "order of 1-2-2019 and 1/2/2019: seed000 (- day first, / month first), iso (both ambiguous), infer (per file)",
)
JOB = Job(
    reads=[RAW_ACCOUNTS],
    build=clean_accounts,
    writes=CLEAN_ACCOUNTS,
    rejects=REJECTED_ACCOUNTS,
    parameters=[DATE_PROFILE],
)

if __name__ == "__main__":
    run(JOB)
