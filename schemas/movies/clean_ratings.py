"""Ratings of known movies that passed all checks, deduplicated."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

_RATING = (
    Column("user_id", "long", "User who rated the movie.", required=True),
    Column("movie_id", "long", "Movie.", required=True),
    Column("rating", "decimal(2,1)", "0.5 to 5.0 in steps of 0.5.", required=True),
    Column("rated_at", "timestamp", "Time of the rating, UTC.", required=True),
)

CLEAN_RATINGS = Table(
    name="movies.clean_ratings",
    grain="one row per rating",
    key=tuple(column.name for column in _RATING),
    columns=(*_RATING, SOURCE_FILE, RUN_ID),
    partition="months(rated_at)",
    time="rated_at",
    person="user_id",
)
