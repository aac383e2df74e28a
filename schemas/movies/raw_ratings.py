"""Ratings as delivered: text, in the columns of MovieLens."""

from schemas.table import Column, Table

RAW_RATINGS = Table(
    name="movies.raw_ratings",
    grain="one row per delivered line",
    columns=(
        Column("userId", "string", "User who rated the movie, digits.", required=True),
        Column("movieId", "string", "Movie, digits.", required=True),
        Column("rating", "string", "0.5 to 5.0 in steps of 0.5.", required=True),
        Column("timestamp", "string", "Seconds since 1970, UTC.", required=True),
    ),
)
