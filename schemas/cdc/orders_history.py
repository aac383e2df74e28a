"""Orders as they were, version by version."""

from schemas.cdc.orders import ORDER_CHANGES

ORDERS_HISTORY = ORDER_CHANGES.versions
