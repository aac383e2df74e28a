"""How many carts of a day were purchased, recovered, removed or abandoned."""

from schemas.table import TIME_ZONE, Column, Table

CART_ABANDONMENT = Table(
    name="ecommerce.cart_abandonment",
    grain="one row per day and way of counting carts: (day, grain)",
    key=("day", "grain"),
    columns=(
        Column(
            "day",
            "date",
            "Local day: of the last add (line and user), or on which the session had a cart event (session).",
            required=True,
        ),
        Column(
            "grain",
            "string",
            "What counts as a cart. line: a row of abandoned_carts; session: a session with a cart event that day; "
            "user: a visitor with a cart line of that day.",
            required=True,
        ),
        Column("carts", "long", "Carts of the day.", required=True),
        Column(
            "purchased",
            "long",
            "Bought in time. Session: not abandoned, and a product was bought in it after its last add.",
            required=True,
        ),
        Column("recovered", "long", "Bought after being abandoned; NULL for sessions."),
        Column("removed", "long", "Removed in time. Session: neither abandoned nor purchased.", required=True),
        Column(
            "abandoned",
            "long",
            "Abandoned as of as_of. Session: the last add of some product is followed, in that session and day, by "
            "neither "
            "its purchase nor its removal. User: some line is abandoned and none is purchased or recovered.",
            required=True,
        ),
        Column("open", "long", "None of these yet; NULL for sessions."),
        Column("abandonment_rate_final", "double", "abandoned / (purchased + recovered + abandoned), 0 to 1."),
        Column(
            "abandonment_rate_initial",
            "double",
            "(abandoned + recovered) / (purchased + recovered + abandoned), 0 to 1.",
        ),
        Column("recovery_rate", "double", "recovered / (recovered + abandoned), 0 to 1; NULL for sessions."),
        Column(
            "value_at_risk",
            "decimal(38,2)",
            "Sum of value_at_risk of all cart lines of the day; NULL for sessions.",
        ),
        Column(
            "left_value",
            "decimal(38,2)",
            "The part of value_at_risk in abandoned and recovered lines; NULL for sessions.",
        ),
        Column(
            "abandoned_value",
            "decimal(38,2)",
            "The part of left_value in abandoned lines; NULL for sessions.",
        ),
        Column(
            "winnable_value",
            "decimal(38,2)",
            "The part of abandoned_value in lines that are not closed and may still be bought; NULL for sessions.",
        ),
        Column(
            "recovered_value",
            "decimal(38,2)",
            "Sum of purchase_price of the recovered lines of the day; NULL for sessions.",
        ),
        Column(
            "final",
            "boolean",
            "The statuses of the day's lines are final: as_of is past the end of the recovery period.",
            required=True,
        ),
        TIME_ZONE,
    ),
    partition="months(day)",
)
