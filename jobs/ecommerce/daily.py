"""Every day's work of the shop: take in new events and bring all tables up to date."""

from jobs.ecommerce import clean_events, unique_visitors, visitor_first_seen
from jobs.runtime.job import Pipeline
from jobs.runtime.run import run

JOB = Pipeline("ecommerce.daily", [clean_events.JOB, visitor_first_seen.JOB, unique_visitors.JOB])

if __name__ == "__main__":
    run(JOB)
