"""Delivered changes of customers: the control columns of the feed, then the source columns, all as text."""

from schemas.cdc.customers import CUSTOMER_CHANGES

RAW_CUSTOMERS = CUSTOMER_CHANGES.raw
