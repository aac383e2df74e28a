"""Movies that passed every check, each once."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

_MOVIE = (
    Column("movie_id", "long", "Movie.", required=True),
    Column("title", "string", "Title, without the year at its end.", required=True),
    Column("year", "int", "Year from the last brackets of the title that hold one; NULL where none do."),
    Column("genres", "array<string>", "Genres in their order; empty where none is listed.", required=True),
)

CLEAN_MOVIES = Table(
    name="movies.clean_movies",
    grain="one row per movie",
    key=tuple(column.name for column in _MOVIE),
    columns=(*_MOVIE, SOURCE_FILE, RUN_ID),
)
