"""Enumerations of the movies domain, shared by transforms and suites."""

MOVIE_PROBLEMS = ("bad_movie_id", "bad_title")
RATING_PROBLEMS = ("bad_user_id", "bad_movie_id", "bad_rating", "bad_timestamp", "future", "unknown_movie")

NO_GENRES = "(no genres listed)"
# Number of ratings at the global mean that are added to those of each movie.
PRIOR_WEIGHT = 10
