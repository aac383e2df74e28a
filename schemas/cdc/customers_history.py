"""SCD2 history of customers: one row per version."""

from schemas.cdc.customers import CUSTOMER_CHANGES

CUSTOMERS_HISTORY = CUSTOMER_CHANGES.versions
