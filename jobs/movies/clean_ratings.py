"""Ingest new files of ratings: convert to types and UTC, remove duplicates, reject invalid rows and unknown movies."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.movies.clean_movies import CLEAN_MOVIES
from schemas.movies.clean_ratings import CLEAN_RATINGS
from schemas.movies.raw_ratings import RAW_RATINGS
from schemas.movies.rejected_ratings import REJECTED_RATINGS
from transforms.movies.clean_ratings import clean_ratings

JOB = Job(reads=[RAW_RATINGS, CLEAN_MOVIES], build=clean_ratings, writes=CLEAN_RATINGS, rejects=REJECTED_RATINGS)

if __name__ == "__main__":
    run(JOB)
