"""Rejected changes of orders: complete, with all their problems."""

from schemas.cdc.orders import ORDER_CHANGES

REJECTED_ORDERS = ORDER_CHANGES.rejected
