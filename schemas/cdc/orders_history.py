"""SCD2 history of orders: one row per version."""

from schemas.cdc.orders import ORDER_CHANGES

ORDERS_HISTORY = ORDER_CHANGES.versions
