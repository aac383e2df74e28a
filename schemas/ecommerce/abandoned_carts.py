"""What became of each product that a visitor laid into the cart."""

from schemas.table import TIME_ZONE, Column, Table

ABANDONED_CARTS = Table(
    name="ecommerce.abandoned_carts",
    grain="one row per cart line: (user_id, product_id, first_cart_at)",
    key=("user_id", "product_id", "first_cart_at"),
    columns=(
        Column("user_id", "long", "Visitor.", required=True),
        Column("product_id", "long", "Product that was laid into the cart.", required=True),
        Column("first_cart_at", "timestamp", "When it was first added, UTC.", required=True),
        Column("category_code", "string", "Category of the product at the last add; NULL if it had none."),
        Column("brand", "string", "Brand of the product at the last add; NULL if it had none."),
        Column(
            "last_cart_at",
            "timestamp",
            "When it was last added, UTC. The hours until it counts as abandoned begin here.",
            required=True,
        ),
        Column("adds", "long", "How often it was added before the line ended; no quantity.", required=True),
        Column(
            "status",
            "string",
            "purchased: bought in time; recovered: bought after it had been abandoned; removed: taken out in time; abandoned: left for more than "
            "abandon_after_hours since an add, or taken out after that; open: none of these yet.",
            required=True,
        ),
        Column(
            "abandoned_at",
            "timestamp",
            "The last time at which abandon_after_hours had passed since an add, UTC; NULL if they never had.",
        ),
        Column(
            "closed_at",
            "timestamp",
            "When it was bought or taken out, else abandon_after_hours and recovery_days after the last add, UTC; NULL while it may still be bought.",
        ),
        Column("first_session", "string", "Session of the first add.", required=True),
        Column("closing_session", "string", "Session in which it was bought or taken out; NULL if neither happened."),
        Column("hours_to_close", "double", "Hours from first_cart_at to closed_at; NULL while it is not closed."),
        Column("last_price", "decimal(18,2)", "Price at the last add, in the currency of the shop.", required=True),
        Column(
            "value_at_risk", "decimal(18,2)", "last_price: the value of one unit, whatever became of it.", required=True
        ),
        Column("purchase_price", "decimal(18,2)", "Price at which it was bought; NULL if it was not."),
        Column("day", "date", "Local day of last_cart_at.", required=True),
        TIME_ZONE,
    ),
    partition="months(day)",
    person="user_id",
    is_large=True,
)
