"""Raw changes of customers, typed and judged."""

from datetime import datetime

from pyspark.sql import DataFrame

from schemas.cdc.customers import CUSTOMER_CHANGES
from schemas.changing import CdcSource
from transforms.changes.typed import typed_changes


def customers(
    raw_customers: DataFrame, *, load_ts: datetime | None, changing: CdcSource = CUSTOMER_CHANGES
) -> DataFrame:
    """Every delivered change of a customer, with its place among all changes and its `problems`. *Grain:* one row per change, good or not.

    `changing` has also the columns that the source has got since.
    """
    return typed_changes(raw_customers, changing, load_ts=load_ts)
