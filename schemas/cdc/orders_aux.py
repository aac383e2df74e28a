"""Tombstones and other state of orders that make the result independent of the order of arrival."""

from schemas.cdc.orders import ORDER_CHANGES

ORDERS_AUX = ORDER_CHANGES.aux
