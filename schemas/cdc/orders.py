"""Orders of a shop as they are at the source now."""

from schemas.changing import CdcSource
from schemas.table import Column

ORDER_CHANGES = CdcSource(
    name="cdc.orders",
    grain="one row per order",
    columns=(
        Column("order_id", "long", "Order."),
        Column("customer_id", "string", "Customer who ordered."),
        Column("ordered_at", "timestamp", "When it was ordered, UTC."),
        Column("status", "string", "Where it stands, in the words of the shop, such as new, paid, sent, returned."),
        Column("amount", "decimal(18,2)", "What all of it costs, in its currency."),
        Column("currency", "string", "Currency of the amount, ISO 4217."),
        Column("note", "string", "What the customer wrote beside it."),
    ),
    key=("order_id",),
    history=("customer_id", "ordered_at", "status", "amount", "currency"),
    partition="months(ordered_at)",
    person="customer_id",
)
ORDERS = ORDER_CHANGES.current
