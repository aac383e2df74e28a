"""Visits as an API delivers them: text."""

from schemas.table import Column, Table

RAW_VISITS = Table(
    name="accounts.raw_visits",
    grain="one row per delivered line",
    columns=(
        Column("user_id", "string", "Visitor.", required=True),
        Column("email", "string", "Address of the visitor at that time.", pii=True),
        Column(
            "visited_at",
            "string",
            "When the visit began, an instant; UTC unless it says another offset.",
            required=True,
        ),
        Column("page", "string", "Page on which it began."),
    ),
)
