"""Daily pipeline of the accounts: ingest new files of accounts and visits from one folder, update the top visitors."""

from jobs.accounts import clean_accounts, clean_visits, top_visitors
from jobs.runtime.job import Pipeline
from jobs.runtime.run import run

JOB = Pipeline(
    "accounts.daily",
    [clean_accounts.JOB.with_files("accounts*"), clean_visits.JOB.with_files("visits*"), top_visitors.JOB],
    board="accounts",
)

if __name__ == "__main__":
    run(JOB)
