"""Delivered changes of orders: the control columns of the feed, then the source columns, all as text."""

from schemas.cdc.orders import ORDER_CHANGES

RAW_ORDERS = ORDER_CHANGES.raw
