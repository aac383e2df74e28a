"""Raw changes of orders, typed and validated."""

from datetime import datetime

from pyspark.sql import DataFrame

from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc_source import CdcSource
from transforms.change_data.parse_changes import typed_changes


def orders(raw_orders: DataFrame, *, load_ts: datetime | None, source: CdcSource = ORDER_CHANGES) -> DataFrame:
    """Every delivered change of an order, with its `_seq` and its `problems`.

    *Grain:* one row per change, valid or not.

    `source` includes the columns that schema evolution has added.
    """
    return typed_changes(raw_orders, source, load_ts=load_ts)
