"""New, retained, resurrected and churned visitors per week."""

from schemas.table import TIME_ZONE, Column, Table

VISITOR_LIFECYCLE = Table(
    name="ecommerce.visitor_lifecycle",
    grain="one row per week and state: (week, state)",
    key=("week", "state"),
    columns=(
        Column("week", "date", "Monday of the local week.", required=True),
        Column(
            "state",
            "string",
            "new: first week ever; retained: also came the previous week; resurrected: came earlier, but not the "
            "previous "
            "week; churned: came the previous week but not this week, or in a partial week not yet.",
            required=True,
        ),
        Column("visitors", "long", "Visitors in that state; 0 if there are none.", required=True),
        Column(
            "partial",
            "boolean",
            "The data does not cover the whole week: it starts before the first local day or ends after as_of.",
            required=True,
        ),
        TIME_ZONE,
    ),
    partition="months(week)",
)
