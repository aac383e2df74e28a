"""Movies that passed all checks, deduplicated."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

_MOVIE = (
    Column("movie_id", "long", "Movie.", required=True),
    Column("title", "string", "Title without the trailing year.", required=True),
    Column("year", "int", "Year from the last (yyyy) in the title; NULL if there is none."),
    Column("genres", "array<string>", "Genres in their delivered order; empty if none are listed.", required=True),
)

CLEAN_MOVIES = Table(
    name="movies.clean_movies",
    grain="one row per movie",
    key=tuple(column.name for column in _MOVIE),
    columns=(*_MOVIE, SOURCE_FILE, RUN_ID),
)
