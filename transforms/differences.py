"""What of a table is other than it was."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def differences(
    before: DataFrame, after: DataFrame, *, key: Sequence[str], columns: Sequence[str], period: Column
) -> DataFrame:
    """How many rows come, go, and take the place of one with the same key but other `columns`. *Grain:* one row per period.

    Without a key a row is what its columns say, and rows that are alike are counted. A row that changed belongs to its new period.
    """
    alike = key or columns
    content = F.xxhash64(*columns, *(F.col(name).isNull() for name in columns))  # a hash passes over NULL
    sides = [
        _without_maps(frame).select(
            *alike, period.alias("period"), content.alias("content"), F.lit(side).alias("is_after")
        )
        for frame, side in ((before, False), (after, True))
    ]
    rows = (
        sides[0]
        .unionByName(sides[1])
        .groupBy(*alike)
        .agg(
            F.count_if(~F.col("is_after")).alias("rows_before"),
            F.count_if(F.col("is_after")).alias("rows_after"),
            (F.min("content") != F.max("content")).alias("is_other"),
            F.coalesce(F.max(F.when(F.col("is_after"), F.col("period"))), F.max("period")).alias("period"),
        )
    )
    counted = {
        "rows_added": F.greatest(F.col("rows_after") - F.col("rows_before"), F.lit(0)),
        "rows_replaced": F.when(F.col("is_other"), F.least("rows_before", "rows_after")).otherwise(0),
        "rows_removed": F.greatest(F.col("rows_before") - F.col("rows_after"), F.lit(0)),
    }
    summed = rows.groupBy("period").agg(*(F.sum(count).alias(name) for name, count in counted.items()))
    return summed.filter("rows_added + rows_replaced + rows_removed > 0").orderBy("period")


def _without_maps(frame: DataFrame) -> DataFrame:
    """Maps as their entries in order: Spark neither compares nor hashes maps."""
    maps = [name for name, kind in frame.dtypes if kind.startswith("map<")]
    return frame.withColumns({name: F.array_sort(F.map_entries(name)) for name in maps}) if maps else frame
