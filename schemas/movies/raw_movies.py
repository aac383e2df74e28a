"""Movies as delivered: text, in the columns of MovieLens."""

from schemas.table import Column, Table

RAW_MOVIES = Table(
    name="movies.raw_movies",
    grain="one row per delivered line",
    columns=(
        Column("movieId", "string", "Movie, digits.", required=True),
        Column("title", "string", "Title, usually followed by the year in parentheses.", required=True),
        Column("genres", "string", "Genres separated by |.", required=True),
    ),
)
