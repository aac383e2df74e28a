"""Customers as they were, version by version."""

from schemas.cdc.customers import CUSTOMER_CHANGES

CUSTOMERS_HISTORY = CUSTOMER_CHANGES.versions
