"""Raw events of a stream, typed and validated."""

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.ecommerce.clean_events import event_problems, typed_events


def stream_events(raw_stream_events: DataFrame, *, clock: datetime) -> DataFrame:
    """Every raw event with its typed values, its `ip`, `source_file`, `raw_line` and `problems`.

    *Grain:* one row per input row, valid or not. *Nulls:* '' is NULL.
    """
    return typed_events(raw_stream_events, "ip").withColumn("problems", event_problems(clock))


def reject_late(events: DataFrame, watermark: int) -> DataFrame:
    """Give valid events before the watermark, in seconds since 1970, the problem `late`: their window is closed."""
    is_late = (F.size("problems") == 0) & (F.unix_seconds("event_time") < watermark)
    return events.withColumn("problems", F.when(is_late, F.array(F.lit("late"))).otherwise(F.col("problems")))
