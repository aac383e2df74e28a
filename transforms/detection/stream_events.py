"""Raw events of a stream, typed and validated."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.ecommerce.clean_events import event_problems, typed_events
from transforms.raw_rows import json_rows
from transforms.validated_rows import drop_unneeded_lines, mark_forgotten


def stream_events(raw_stream_events: DataFrame, *, clock: datetime) -> DataFrame:
    """Every raw event with its typed values, `ip`, `event_id`, `source_file`, `raw_line` and `problems`.

    *Grain:* one row per input row, valid or not. *Nulls:* '' is NULL.
    """
    return typed_events(raw_stream_events, "ip", "event_id").withColumn("problems", event_problems(clock))


def stream_lines(
    lines: DataFrame,
    names: Sequence[str],
    *,
    clock: datetime,
    watermark: int,
    forgotten: Mapping[str, Sequence[str]],
) -> DataFrame:
    """JSON `lines` (line, source_file) of a stream as typed events; late ones and those of forgotten persons rejected.

    *Grain:* one row per line. *Nulls:* raw_line is NULL for valid events and forgotten persons.
    """
    raw = json_rows(lines, names, columns={name: name for name in names})
    events = _reject_late(stream_events(raw, clock=clock), watermark)
    return mark_forgotten(drop_unneeded_lines(events), ("user_id",), forgotten)


def _reject_late(events: DataFrame, watermark: int) -> DataFrame:
    """Give valid events before the watermark, in seconds since 1970, the problem `late`: their window is closed."""
    is_late = (F.size("problems") == 0) & (F.unix_seconds("event_time") < watermark)
    return events.withColumn("problems", F.when(is_late, F.array(F.lit("late"))).otherwise(F.col("problems")))
