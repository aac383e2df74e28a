"""Visits that passed all checks, deduplicated."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

_VISIT = (
    Column("user_id", "string", "Visitor.", required=True),
    Column("email", "string", "Mail address of the visitor at that time, its domain in lower case.", pii=True),
    Column("visited_at", "timestamp", "Start of the visit, UTC.", required=True),
    Column("page", "string", "First page of the visit."),
)

CLEAN_VISITS = Table(
    name="accounts.clean_visits",
    grain="one row per visit",
    key=tuple(column.name for column in _VISIT),
    columns=(*_VISIT, SOURCE_FILE, RUN_ID),
    partition="days(visited_at)",
    time="visited_at",
    person="user_id",
)
