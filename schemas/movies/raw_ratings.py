"""Ratings as they are delivered: text, in the columns of MovieLens."""

from schemas.table import Column, Table

RAW_RATINGS = Table(
    name="movies.raw_ratings",
    grain="one row per delivered line",
    columns=(
        Column("userId", "string", "Person who rates, digits.", required=True),
        Column("movieId", "string", "Movie, digits.", required=True),
        Column("rating", "string", "0.5 to 5.0, by halves.", required=True),
        Column("timestamp", "string", "Seconds since 1970, UTC.", required=True),
    ),
)
