"""Daily pipeline of the movies: ingest new files of movies and ratings from one folder and update the ranks."""

from jobs.movies import clean_movies, clean_ratings, movie_ratings
from jobs.runtime.job import Pipeline
from jobs.runtime.run import run

JOB = Pipeline(
    "movies.daily",
    [clean_movies.JOB.with_files("movies*"), clean_ratings.JOB.with_files("ratings*"), movie_ratings.JOB],
    board="movies",
)

if __name__ == "__main__":
    run(JOB)
