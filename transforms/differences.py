"""Compare two versions of a table."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def differences(
    before: DataFrame, after: DataFrame, *, key: Sequence[str], columns: Sequence[str], period: Column
) -> DataFrame:
    """Count added, removed and replaced rows; a replaced row has the same key and different `columns`.

    Without a key, rows are identified by all columns, and duplicates are counted. A replaced row belongs to its new
    period. *Grain:* one row per period with differences.
    """
    identity = key or columns
    content = F.xxhash64(*columns, *(F.col(name).isNull() for name in columns))  # xxhash64 ignores NULL
    sides = [
        _without_maps(frame).select(
            *identity, period.alias("period"), content.alias("content"), F.lit(side).alias("is_after")
        )
        for frame, side in ((before, False), (after, True))
    ]
    rows = (
        sides[0]
        .unionByName(sides[1])
        .groupBy(*identity)
        .agg(
            F.count_if(~F.col("is_after")).alias("rows_before"),
            F.count_if(F.col("is_after")).alias("rows_after"),
            (F.min("content") != F.max("content")).alias("is_replaced"),
            F.coalesce(F.max(F.when(F.col("is_after"), F.col("period"))), F.max("period")).alias("period"),
        )
    )
    counts = {
        "rows_added": F.greatest(F.col("rows_after") - F.col("rows_before"), F.lit(0)),
        "rows_replaced": F.when(F.col("is_replaced"), F.least("rows_before", "rows_after")).otherwise(0),
        "rows_removed": F.greatest(F.col("rows_before") - F.col("rows_after"), F.lit(0)),
    }
    summed = rows.groupBy("period").agg(*(F.sum(count).alias(name) for name, count in counts.items()))
    return summed.filter("rows_added + rows_replaced + rows_removed > 0").orderBy("period")


def _without_maps(frame: DataFrame) -> DataFrame:
    """Replace maps by sorted arrays of their entries: Spark can neither compare nor hash maps."""
    maps = [name for name, kind in frame.dtypes if kind.startswith("map<")]
    return frame.withColumns({name: F.array_sort(F.map_entries(name)) for name in maps}) if maps else frame
