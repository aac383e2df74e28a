"""Rejected changes of customers: complete, with all their problems."""

from schemas.cdc.customers import CUSTOMER_CHANGES

REJECTED_CUSTOMERS = CUSTOMER_CHANGES.rejected
