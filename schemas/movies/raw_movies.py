"""Movies as they are delivered: text, in the columns of MovieLens."""

from schemas.table import Column, Table

RAW_MOVIES = Table(
    name="movies.raw_movies",
    grain="one row per delivered line",
    columns=(
        Column("movieId", "string", "Movie, digits.", required=True),
        Column("title", "string", "Title, most often with the year in brackets at its end.", required=True),
        Column("genres", "string", "Genres, with | between them.", required=True),
    ),
)
