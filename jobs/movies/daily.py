"""Every day's work of the movies: take in new files of movies and ratings from one folder and bring the ranks up to date."""

from jobs.movies import clean_movies, clean_ratings, movie_ratings
from jobs.runtime.job import Pipeline
from jobs.runtime.run import run

JOB = Pipeline(
    "movies.daily",
    [clean_movies.JOB.named("movies*"), clean_ratings.JOB.named("ratings*"), movie_ratings.JOB],
    board="movies",
)

if __name__ == "__main__":
    run(JOB)
