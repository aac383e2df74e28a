"""Persist validated rows while several queries read them, and remove duplicates."""

from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.spark.small_frames import numbered_files
from jobs.runtime.spark.threads import in_parallel
from schemas.table import Table
from transforms.validated_rows import (
    count_rows,
    duplicate_rows,
    good_rows,
    repeated_hashes,
    unpublished,
    valid_rows,
    with_key_hash,
)

_MAX_FILES_PER_DAY = 2


@dataclass(frozen=True)
class ValidatedRows:
    """The validated `rows` of a clean `table`. `cached_frames` are persisted with them."""

    rows: DataFrame
    table: Table
    row_counts: RowCounts
    good: DataFrame
    cached_frames: tuple[DataFrame, ...]

    @staticmethod
    def of(validated: DataFrame, table: Table) -> "ValidatedRows":
        # If a partition is lost and recomputed, each row gets the same number again: files are read by their splits,
        # and joined rows are sorted by their content.
        # Persist, so that lines are parsed once: a filter pushed down would parse a line again for each field.
        rows = with_key_hash(validated.withColumn("row", F.monotonically_increasing_id()), table.key).persist(
            StorageLevel.MEMORY_AND_DISK
        )
        # Spark knows the size of a persisted frame. With few hashes it does not shuffle all rows.
        counts, (hashes, repeated) = in_parallel(
            rows.sparkSession, count_rows(rows, table.time).collect, lambda: _materialise(repeated_hashes(rows))
        )
        row_counts = RowCounts(counts)
        if not repeated:
            return ValidatedRows(rows, table, row_counts, valid_rows(rows), (hashes,))
        duplicates = duplicate_rows(rows, table.key, numbered_files(rows.sparkSession, row_counts.files), hashes)
        good = good_rows(rows, _materialise(duplicates)[0])
        return ValidatedRows(rows, table, row_counts, good, (hashes, duplicates))

    def without_published(self, published: DataFrame) -> tuple[DataFrame, bool]:
        """The good rows that are not `published`, and whether they are clustered by day.

        Clustered rows can be written in their order: each day ends up in few files.
        """
        if published.isEmpty():
            return self.good, self.row_counts.max_partitions_per_day <= _MAX_FILES_PER_DAY
        return unpublished(self.good, published, self.table.key), False

    def release(self) -> None:
        """Unpersist all frames."""
        for frame in (self.rows, *self.cached_frames):
            frame.unpersist()


def _materialise(frame: DataFrame) -> tuple[DataFrame, int]:
    """The persisted frame and the number of its rows."""
    persisted = frame.persist(StorageLevel.MEMORY_AND_DISK)
    return persisted, persisted.count()
