"""Changes of orders that were refused: whole, with all their problems."""

from schemas.cdc.orders import ORDER_CHANGES

REJECTED_ORDERS = ORDER_CHANGES.rejected
