"""Authors and their followers over time (SCD2)."""

from jobs.runtime.job import Job
from jobs.runtime.parameters import AS_OF
from jobs.runtime.run import run
from schemas.social.authors import AUTHORS
from schemas.social.tweets import TWEETS
from transforms.social.authors import authors

JOB = Job(reads=[TWEETS], build=authors, writes=AUTHORS, parameters=[AS_OF])

if __name__ == "__main__":
    run(JOB)
