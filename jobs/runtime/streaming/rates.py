"""The rows of event_rates, from panes. They stay in Arrow: a backlog of a day has millions."""

import io
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.ingest.file_readers import escape_glob
from jobs.runtime.storage import object_store
from jobs.runtime.streaming.pane_store import PaneStore
from schemas.ecommerce.vocabulary import EVENT_TYPES
from schemas.realtime.vocabulary import CATEGORY_KEY
from schemas.table import Table
from transforms.detection.panes import EVERYTHING
from transforms.detection.rules import DAY_S, PANE_S

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_MICROSECONDS = 1_000_000
_LONGEST_GAP_AT_FIRST_S = 3600


def event_rates(store: PaneStore, since: int, until: int, *, with_categories: bool = True) -> "pa.Table":
    """The rows for windows that start in [since, until).

    Windows without events have rows for all categories together, unless there were none for a day. Where `since` is 0,
    these begin with the first event that another follows within an hour: a single old event does not begin a series.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    everything = store.of_kind(EVERYTHING.kind, since, until)
    categories = store.of_kind(CATEGORY_KEY, since, until) if with_categories else everything.slice(0, 0)
    of_category, totals = _sums(categories, "key", "pane"), _sums(everything, "pane")
    known = totals["pane"].to_numpy().astype(np.int64)
    starts = _windows(known, since, until)
    parts = list[pa.Table]()
    for name in EVENT_TYPES:
        found = of_category.filter(pc.greater(of_category[name], 0))
        parts.append(_rows(found["pane"].to_numpy(), name, found["key"].cast(pa.int64()), found[name].to_numpy()))
        events = np.zeros(len(starts), np.int64)
        events[np.searchsorted(starts, known)] = totals[name].to_numpy()
        parts.append(_rows(starts, name, pa.nulls(len(starts), pa.int64()), events))
    return pa.concat_tables(parts)


def arrow_frame(spark: SparkSession, table: Table, rows: "pa.Table", location: str) -> DataFrame:
    """Rows with naive instants in UTC as a frame with the schema of the table, by way of a Parquet file.

    The file is replaced, and has to stay until the frame has been used.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    in_utc = pa.timestamp("us", "UTC")
    fields = [field.with_type(in_utc) if pa.types.is_timestamp(field.type) else field for field in rows.schema]
    buffer = io.BytesIO()
    pq.write_table(rows.cast(pa.schema(fields)), buffer)
    object_store.write_bytes(location, buffer.getvalue())
    return spark.read.schema(table.struct).parquet(escape_glob(location))


def _sums(panes: "pa.Table", *keys: str) -> "pa.Table":
    sums = panes.group_by(list(keys)).aggregate([(name, "sum") for name in EVENT_TYPES])
    return sums.rename_columns([name.removesuffix("_sum") for name in sums.column_names])


def _windows(known: "NDArray[np.int64]", since: int, until: int) -> "NDArray[np.int64]":
    """The starts of the windows with rows: those that are known, and those between, but not in a long gap."""
    import numpy as np

    bounds = np.unique(np.concatenate([known, [since] if since else [], [until]])).astype(np.int64)
    gaps = np.diff(bounds)
    is_filled = (gaps <= DAY_S) & (np.logical_or.accumulate(gaps <= _LONGEST_GAP_AT_FIRST_S) | (since > 0))
    filled = [
        np.arange(first, end, PANE_S) for first, end in zip(bounds[:-1][is_filled], bounds[1:][is_filled], strict=True)
    ]
    return np.unique(np.concatenate([known, *filled])).astype(np.int64)


def _rows(starts: Any, event_type: str, categories: Any, events: Any) -> "pa.Table":
    import numpy as np
    import pyarrow as pa

    times = pa.array(np.asarray(starts, np.int64) * _MICROSECONDS).cast(pa.timestamp("us"))
    columns = {
        "window_start": times,
        "event_type": pa.repeat(pa.scalar(event_type), len(times)),
        "category_id": categories,
        "events": pa.array(np.asarray(events, np.int64)),
    }
    return pa.table(columns)
