"""Changes of customers as they are delivered: text, in the columns of the source after those of the feed."""

from schemas.cdc.customers import CUSTOMER_CHANGES

RAW_CUSTOMERS = CUSTOMER_CHANGES.raw
