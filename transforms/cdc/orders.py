"""Raw changes of orders, typed and judged."""

from datetime import datetime

from pyspark.sql import DataFrame

from schemas.cdc.orders import ORDER_CHANGES
from schemas.changing import CdcSource
from transforms.changes.typed import typed_changes


def orders(raw_orders: DataFrame, *, load_ts: datetime | None, changing: CdcSource = ORDER_CHANGES) -> DataFrame:
    """Every delivered change of an order, with its place among all changes and its `problems`. *Grain:* one row per change, good or not.

    `changing` has also the columns that the source has got since.
    """
    return typed_changes(raw_orders, changing, load_ts=load_ts)
