"""Number the rows of files."""

import json
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def number_rows(rows: DataFrame) -> DataFrame:
    """Add `row_no`, the number of each row in its source_file, whatever the input splits of Spark.

    `block` is the offset of the split that a row was read from; the rows of a split are in order.
    """
    placed = rows.withColumn("place", F.monotonically_increasing_id())
    counted = placed.groupBy("source_file", "block").agg(F.min("place").alias("first"), F.count("*").alias("lines"))
    lines_before: dict[str, int] = {}
    starts = list[dict[str, Any]]()
    for row in counted.orderBy("source_file", "block").collect():
        before = lines_before.get(row.source_file, 0)
        starts.append({"source_file": row.source_file, "block": row.block, "start": row.first - before})
        lines_before[row.source_file] = before + row.lines
    schema = "array<struct<source_file:string,block:bigint,start:bigint>>"
    block_starts = rows.sparkSession.range(1).select(F.inline(F.from_json(F.lit(json.dumps(starts)), schema)))
    return (
        placed.join(F.broadcast(block_starts), ["source_file", "block"])
        .withColumn("row_no", F.col("place") - F.col("start"))
        .drop("place", "start", "block")
    )
