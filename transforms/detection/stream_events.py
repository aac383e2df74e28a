"""Raw events of a stream, typed and validated."""

from datetime import datetime

from pyspark.sql import DataFrame

from transforms.ecommerce.clean_events import event_problems, typed_events


def stream_events(raw_stream_events: DataFrame, *, clock: datetime) -> DataFrame:
    """Every raw event with its typed values, its `ip`, `source_file`, `raw_line` and `problems`.

    *Grain:* one row per input row, valid or not. *Nulls:* '' is NULL.
    """
    return typed_events(raw_stream_events, "ip").withColumn("problems", event_problems(clock))
