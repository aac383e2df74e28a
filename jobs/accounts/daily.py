"""Every day's work of the accounts: take in new files of accounts and visits from one folder and tell who comes most often."""

from jobs.accounts import clean_accounts, clean_visits, top_visitors
from jobs.runtime.job import Pipeline
from jobs.runtime.run import run

JOB = Pipeline(
    "accounts.daily",
    [clean_accounts.JOB.named("accounts*"), clean_visits.JOB.named("visits*"), top_visitors.JOB],
    board="accounts",
)

if __name__ == "__main__":
    run(JOB)
