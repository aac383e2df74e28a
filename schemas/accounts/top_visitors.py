"""The visitors with the most visits."""

from schemas.table import TIME_ZONE, Column, Table

TOP_VISITORS = Table(
    name="accounts.top_visitors",
    grain="one row per visitor, for the visitors with the most visits",
    key=("user_id",),
    columns=(
        Column("rank", "long", "1 for the most visits; ties by user_id, as text.", required=True),
        Column("user_id", "string", "Visitor.", required=True),
        Column("visits", "long", "Visits before as_of.", required=True),
        Column(
            "email",
            "string",
            "Newest known mail address; of those at one instant, the greatest. NULL if none is known.",
            pii=True,
        ),
        Column("emails", "array<string>", "All mail addresses, sorted.", required=True, pii=True),
        Column("first_day", "date", "Local day of the first visit.", required=True),
        Column("last_day", "date", "Local day of the last visit.", required=True),
        TIME_ZONE,
    ),
    person="user_id",
)
