"""The ratings of each movie, and its rank."""

from jobs.runtime.job import Job
from jobs.runtime.parameters import AS_OF
from jobs.runtime.run import run
from schemas.movies.clean_movies import CLEAN_MOVIES
from schemas.movies.clean_ratings import CLEAN_RATINGS
from schemas.movies.movie_ratings import MOVIE_RATINGS
from transforms.movies.movie_ratings import movie_ratings

JOB = Job(reads=[CLEAN_MOVIES, CLEAN_RATINGS], build=movie_ratings, writes=MOVIE_RATINGS, parameters=[AS_OF])

if __name__ == "__main__":
    run(JOB)
