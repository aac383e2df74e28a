"""Shop events as delivered: text, in the columns of the REES46 data sets."""

from schemas.table import Column, Table

RAW_EVENTS = Table(
    name="ecommerce.raw_events",
    grain="one row per delivered line",
    columns=(
        Column("event_time", "string", "Time of the event; UTC if it has no offset.", required=True),
        Column(
            "event_type", "string", "view, cart, remove_from_cart or purchase, or a synonym of these.", required=True
        ),
        Column("product_id", "string", "Product, 1 to 19 digits.", required=True),
        Column("category_id", "string", "Category, 1 to 19 digits."),
        Column("category_code", "string", "Category path, levels separated by dots."),
        Column("brand", "string", "Brand."),
        Column("price", "string", "Price of one unit as a plain decimal, in the shop's currency.", required=True),
        Column("user_id", "string", "Visitor, 1 to 19 digits.", required=True),
        Column("user_session", "string", "Session id assigned by the shop."),
    ),
)
