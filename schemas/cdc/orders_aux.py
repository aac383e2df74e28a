"""What is remembered of orders besides their rows, so that the order in which changes arrive does not matter."""

from schemas.cdc.orders import ORDER_CHANGES

ORDERS_AUX = ORDER_CHANGES.aux
