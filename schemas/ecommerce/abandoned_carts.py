"""The outcome of each product that a visitor added to the cart."""

from schemas.table import TIME_ZONE, Column, Table

ABANDONED_CARTS = Table(
    name="ecommerce.abandoned_carts",
    grain="one row per cart line: (user_id, product_id, first_cart_at)",
    key=("user_id", "product_id", "first_cart_at"),
    columns=(
        Column("user_id", "long", "Visitor.", required=True),
        Column("product_id", "long", "Product that was added to the cart.", required=True),
        Column("first_cart_at", "timestamp", "Time of the first add, UTC.", required=True),
        Column("category_code", "string", "Category of the product at the last add; NULL if it had none."),
        Column("brand", "string", "Brand of the product at the last add; NULL if it had none."),
        Column(
            "last_cart_at",
            "timestamp",
            "Time of the last add, UTC. abandon_after_hours are counted from here.",
            required=True,
        ),
        Column("adds", "long", "Number of adds before the line ended; not a quantity.", required=True),
        Column(
            "status",
            "string",
            "purchased: bought in time; recovered: bought after it was abandoned; removed: removed in time; "
            "abandoned: left for more than abandon_after_hours after an add, or removed after that; open: none of "
            "these yet.",
            required=True,
        ),
        Column(
            "abandoned_at",
            "timestamp",
            "The last time at which abandon_after_hours had passed since an add, UTC; NULL if never.",
        ),
        Column(
            "closed_at",
            "timestamp",
            "Time of the purchase or removal, otherwise abandon_after_hours plus recovery_days after the last add, "
            "UTC; "
            "NULL while it may still be bought.",
        ),
        Column("first_session", "string", "Session of the first add.", required=True),
        Column("closing_session", "string", "Session of the purchase or removal; NULL if there was neither."),
        Column("hours_to_close", "double", "Hours from first_cart_at to closed_at; NULL until closed."),
        Column("last_price", "decimal(18,2)", "Price at the last add, in the currency of the shop.", required=True),
        Column(
            "value_at_risk",
            "decimal(18,2)",
            "Equal to last_price: the value of one unit, for any status.",
            required=True,
        ),
        Column("purchase_price", "decimal(18,2)", "Price at the purchase; NULL if it was not bought."),
        Column("day", "date", "Local day of last_cart_at.", required=True),
        TIME_ZONE,
    ),
    partition="months(day)",
    person="user_id",
    is_large=True,
)
