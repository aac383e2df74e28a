"""The closed lists of the domain of movies: the one place that the transforms and the suites take them from."""

MOVIE_PROBLEMS = ("bad_movie_id", "bad_title")
RATING_PROBLEMS = ("bad_user_id", "bad_movie_id", "bad_rating", "bad_timestamp", "future", "unknown_movie")

NO_GENRES = "(no genres listed)"
# So many ratings of the global mean a movie is given before its own.
PRIOR_WEIGHT = 10
