"""Ingest new files of movies: convert to types, remove duplicates, reject invalid rows with reasons."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.movies.clean_movies import CLEAN_MOVIES
from schemas.movies.raw_movies import RAW_MOVIES
from schemas.movies.rejected_movies import REJECTED_MOVIES
from transforms.movies.clean_movies import clean_movies

JOB = Job(reads=[RAW_MOVIES], build=clean_movies, writes=CLEAN_MOVIES, rejects=REJECTED_MOVIES)

if __name__ == "__main__":
    run(JOB)
