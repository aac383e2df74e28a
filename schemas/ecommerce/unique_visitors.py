"""Distinct visitors per day, week, month and rolling period."""

from schemas.table import TIME_ZONE, Column, Table

UNIQUE_VISITORS = Table(
    name="ecommerce.unique_visitors",
    grain="one row per period: (grain, period_start)",
    key=("grain", "period_start"),
    columns=(
        Column("grain", "string", "day, week (starting on Monday), month, rolling_7d or rolling_28d.", required=True),
        Column(
            "period_start", "date", "First local day of the period; for rolling periods, the last day.", required=True
        ),
        Column(
            "visitors",
            "long",
            "Distinct visitors in the period, counted exactly. Not additive over shorter periods.",
            required=True,
        ),
        Column("events", "long", "Events in the period.", required=True),
        Column(
            "sessions",
            "long",
            "Sessions in the period; a session that spans midnight counts on both days.",
            required=True,
        ),
        Column("buyers", "long", "Distinct visitors with a purchase in the period.", required=True),
        Column("new_visitors", "long", "Visitors whose first event ever is in the period.", required=True),
        Column("returning_visitors", "long", "visitors - new_visitors.", required=True),
        Column(
            "stickiness",
            "double",
            "Day grain only: visitors of the day / visitors of the 28 days ending with it, 0 to 1; NULL without 28 "
            "complete days.",
        ),
        Column(
            "partial",
            "boolean",
            "The data does not cover the whole period: it starts before the first local day or ends after as_of.",
            required=True,
        ),
        TIME_ZONE,
    ),
    partition="months(period_start)",
)
