"""What is remembered of customers besides their rows, so that the order in which changes arrive does not matter."""

from schemas.cdc.customers import CUSTOMER_CHANGES

CUSTOMERS_AUX = CUSTOMER_CHANGES.aux
