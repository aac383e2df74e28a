"""Raw changes of customers, typed and validated."""

from datetime import datetime

from pyspark.sql import DataFrame

from schemas.cdc.customers import CUSTOMER_CHANGES
from schemas.cdc_source import CdcSource
from transforms.change_data.parse_changes import typed_changes


def customers(raw_customers: DataFrame, *, load_ts: datetime | None, source: CdcSource = CUSTOMER_CHANGES) -> DataFrame:
    """Every delivered change of a customer, with its `_seq` and its `problems`.

    *Grain:* one row per change, valid or not.

    `source` includes the columns that schema evolution has added.
    """
    return typed_changes(raw_customers, source, load_ts=load_ts)
