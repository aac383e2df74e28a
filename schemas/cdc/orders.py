"""Current orders of a shop, as in the source."""

from schemas.cdc_source import CdcSource
from schemas.table import Column

ORDER_CHANGES = CdcSource(
    name="cdc.orders",
    grain="one row per order",
    columns=(
        Column("order_id", "long", "Order."),
        Column("customer_id", "string", "Customer who placed the order."),
        Column("ordered_at", "timestamp", "When the order was placed, UTC."),
        Column("status", "string", "Status, as the shop names it, such as new, paid, sent, returned."),
        Column("amount", "decimal(18,2)", "Total of the order, in its currency."),
        Column("currency", "string", "Currency of the amount, ISO 4217."),
        Column("note", "string", "Note of the customer."),
    ),
    key=("order_id",),
    history=("customer_id", "ordered_at", "status", "amount", "currency"),
    partition="months(ordered_at)",
    person="customer_id",
)
ORDERS = ORDER_CHANGES.current
