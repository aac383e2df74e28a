"""Rejected ratings, complete, with the reasons."""

from schemas.movies.vocabulary import RATING_PROBLEMS
from schemas.table import rejected

REJECTED_RATINGS = rejected("movies.rejected_ratings", *RATING_PROBLEMS)
