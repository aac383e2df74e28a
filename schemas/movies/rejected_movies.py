"""Rejected movies, complete, with the reasons."""

from schemas.movies.vocabulary import MOVIE_PROBLEMS
from schemas.table import rejected

REJECTED_MOVIES = rejected("movies.rejected_movies", *MOVIE_PROBLEMS)
