"""Visits as delivered by an API: text."""

from schemas.table import Column, Table

RAW_VISITS = Table(
    name="accounts.raw_visits",
    grain="one row per delivered line",
    columns=(
        Column("user_id", "string", "Visitor.", required=True),
        Column("email", "string", "Mail address of the visitor at that time.", pii=True),
        Column(
            "visited_at",
            "string",
            "Start of the visit; UTC unless it has an offset.",
            required=True,
        ),
        Column("page", "string", "First page of the visit."),
    ),
)
