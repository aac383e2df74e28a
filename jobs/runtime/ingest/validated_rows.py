"""Validated rows, persisted while several queries read them, and de-duplicated."""

from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.spark.frames import in_order
from jobs.runtime.spark.threads import in_parallel
from schemas.table import Table
from transforms.intake import good_rows, hashed, repeated, surplus, tallied, unpublished

_FILES_A_DAY = 2


@dataclass(frozen=True)
class ValidatedRows:
    """The judged `rows` of a clean `table`; `others` are frames that are held beside them."""

    rows: DataFrame
    table: Table
    tally: RowCounts
    good: DataFrame
    others: tuple[DataFrame, ...]

    @staticmethod
    def of(judged: DataFrame, table: Table) -> "ValidatedRows":
        # Of a part that is lost and made anew each row has its number again: files are read by their splits, and what was joined is
        # sorted by what is in the row.
        # Parsed once for all that ask: a filter that is pushed down would parse a line again for each of its fields.
        rows = hashed(judged.withColumn("row", F.monotonically_increasing_id()), table.key).persist(
            StorageLevel.MEMORY_AND_DISK
        )
        # Of what is held Spark knows the size: of few hashes it makes no exchange of all rows.
        counted, hashes = in_parallel(
            rows.sparkSession, tallied(rows, table.time).collect, lambda: _counted(repeated(rows))
        )
        tally = RowCounts(counted)
        more = surplus(rows, table.key, in_order(rows.sparkSession, tally.files), hashes)
        return ValidatedRows(rows, table, tally, good_rows(rows, _counted(more)), (hashes, more))

    def kept(self, published: DataFrame) -> tuple[DataFrame, bool]:
        """The good rows that are not `published`; and whether they are in such an order that each day is in few files if it is left to be."""
        if published.isEmpty():
            return self.good, self.tally.most_parts_of_a_day <= _FILES_A_DAY
        return unpublished(self.good, published, self.table.key), False

    def release(self) -> None:
        for frame in (self.rows, *self.others):
            frame.unpersist()


def _counted(frame: DataFrame) -> DataFrame:
    held = frame.persist(StorageLevel.MEMORY_AND_DISK)
    held.count()
    return held
