"""Who came for the first time, stayed, came back or stayed away, week by week."""

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
            "new: first week ever; retained: also came the week before; resurrected: came before, but not the week before; "
            "churned: came the week before and not this week, in a partial week not yet.",
            required=True,
        ),
        Column("visitors", "long", "Visitors in that state; 0 where there are none.", required=True),
        Column(
            "partial",
            "boolean",
            "The week is not wholly inside the data: it begins before the first local day or ends after as_of.",
            required=True,
        ),
        TIME_ZONE,
    ),
    partition="months(week)",
)
