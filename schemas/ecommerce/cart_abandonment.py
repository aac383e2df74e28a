"""How many carts of a day were bought, won back, emptied or left."""

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
            "line: a cart is a row of abandoned_carts; session: a session with a cart event that day; user: a visitor with a cart line of that day.",
            required=True,
        ),
        Column("carts", "long", "Carts of the day.", required=True),
        Column(
            "purchased",
            "long",
            "Bought in time. Session: not abandoned, and a carted product was bought in it after its last add.",
            required=True,
        ),
        Column("recovered", "long", "Bought after having been abandoned; NULL for sessions."),
        Column("removed", "long", "Taken out in time. Session: neither abandoned nor purchased.", required=True),
        Column(
            "abandoned",
            "long",
            "Left, up to as_of. Session: some product's last add is followed, in that session and day, by neither its purchase nor its removal. "
            "User: some line is abandoned and none is purchased or recovered.",
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
            "Sum of value_at_risk of the cart lines of the day, whatever became of them; NULL for sessions.",
        ),
        Column(
            "left_value",
            "decimal(38,2)",
            "Of value_at_risk, that of the abandoned and the recovered lines; NULL for sessions.",
        ),
        Column(
            "abandoned_value",
            "decimal(38,2)",
            "Of left_value, that of the abandoned lines: what lies in abandoned carts; NULL for sessions.",
        ),
        Column(
            "winnable_value",
            "decimal(38,2)",
            "Of abandoned_value, that of lines that are not closed: they may still be bought; NULL for sessions.",
        ),
        Column(
            "recovered_value",
            "decimal(38,2)",
            "Sum of what the recovered lines of the day were bought for; NULL for sessions.",
        ),
        Column(
            "final",
            "boolean",
            "No line of the day can change its status any more: as_of is past the last hour of recovery.",
            required=True,
        ),
        TIME_ZONE,
    ),
    partition="months(day)",
)
