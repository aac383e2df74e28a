"""Changes of orders as they are delivered: text, in the columns of the source after those of the feed."""

from schemas.cdc.orders import ORDER_CHANGES

RAW_ORDERS = ORDER_CHANGES.raw
