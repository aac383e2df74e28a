"""Tombstones and other state of customers that make the result independent of the order of arrival."""

from schemas.cdc.customers import CUSTOMER_CHANGES

CUSTOMERS_AUX = CUSTOMER_CHANGES.aux
