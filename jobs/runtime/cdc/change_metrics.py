"""Count delivered changes, and find the newest change of a source."""

from datetime import datetime

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.spark.small_frames import read_instants
from schemas.cdc_columns import SEQ
from schemas.cdc_source import CdcSource
from transforms.change_data.current_rows import RetentionHorizon

# Snapshot property with the commit time of the newest change that was ever published.
NEWEST = "newest"


def count_by_file(validated: DataFrame, horizon: RetentionHorizon) -> list[Row]:
    """Count the `rows` per source_file.

    `has_truncate` and `has_old` tell whether a file has a valid truncate, and valid changes before the horizon.
    """
    is_valid = F.size("problems") == 0
    flags = {"has_truncate": is_valid & (F.col("_op") == "T"), "has_old": is_valid & is_before_horizon(horizon)}
    return (
        validated.groupBy("source_file")
        .agg(F.count("*").alias("rows"), *(F.max(condition).alias(flag) for flag, condition in flags.items()))
        .collect()
    )


def is_before_horizon(horizon: RetentionHorizon) -> Column:
    """Whether tombstones may be missing for a change as old as this one."""
    moments = [moment for moment in (horizon.deletes, horizon.loads) if moment]
    return F.coalesce(F.col(f"{SEQ.name}.commit_ts") < F.lit(max(moments)), F.lit(False)) if moments else F.lit(False)


def count_changes(validated: DataFrame, compared: DataFrame) -> list[Row]:
    """Count the delivered changes by file, outcome, problems, remarks and operation; derived deletes are not counted.

    `newest` is the newest commit time of each group, UTC, as text.
    """
    kinds = ("source_file", "outcome", "problems", "remarks", "_op")
    rejected = validated.filter(F.size("problems") > 0).withColumns(
        {"outcome": F.lit(None).cast("string"), "at": F.lit(None).cast("timestamp")}
    )
    problems = F.when(F.col("outcome") == "beyond_retention", F.array(F.lit("beyond_retention"))).otherwise(
        F.col("problems")
    )
    valid = compared.filter("NOT is_derived").withColumns({"problems": problems, "at": F.col(f"{SEQ.name}.commit_ts")})
    changes = rejected.select(*kinds, "at").unionByName(valid.select(*kinds, "at"))
    return changes.groupBy(*kinds).agg(F.count("*").alias("rows"), F.max("at").cast("string").alias("newest")).collect()


def newest_change(lake: Lake, source: CdcSource, snapshot: int | None) -> datetime | None:
    """Commit time of the newest change that was published up to a snapshot of the current table.

    Read from the snapshot property; without one, from the rows of the current and aux tables.
    """
    properties = lake.snapshot_properties(source.current, snapshot, NEWEST)
    if newest := next((text for _, text in properties if text), None):
        return datetime.fromisoformat(newest)
    tables = (source.current, source.aux) if snapshot else ()
    frames = [lake.frame(table, lake.main(table)).select(f"{SEQ.name}.commit_ts") for table in tables]
    moments = [
        moment for rows in frames for moment in read_instants(rows.agg(F.max("commit_ts").alias("newest"))) if moment
    ]
    return max(moments, default=None)
