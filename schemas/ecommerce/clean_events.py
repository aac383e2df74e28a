"""Shop events that passed all checks: typed, in UTC, deduplicated."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

_EVENT = (
    Column("event_time", "timestamp", "Time of the event, UTC.", required=True),
    Column("event_type", "string", "view, cart, remove_from_cart or purchase.", required=True),
    Column("product_id", "long", "Product.", required=True),
    Column("category_id", "long", "Category; NULL if the shop sent none."),
    Column("category_code", "string", "Category path in lower case, levels separated by dots; NULL if unknown."),
    Column("brand", "string", "Brand in lower case; NULL if unknown."),
    Column(
        "price",
        "decimal(18,2)",
        "Price of one unit in the shop's currency, rounded half up to two decimals.",
        required=True,
    ),
    Column("user_id", "long", "Visitor.", required=True),
    Column("user_session", "string", "Session id assigned by the shop; NULL if it sent none."),
)

CLEAN_EVENTS = Table(
    name="ecommerce.clean_events",
    grain="one row per shopper action",
    key=tuple(column.name for column in _EVENT),
    columns=(*_EVENT, SOURCE_FILE, RUN_ID),
    partition="days(event_time)",
    time="event_time",
    person="user_id",
)
