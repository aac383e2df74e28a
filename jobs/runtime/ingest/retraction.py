"""Remove the rows of corrected or withdrawn files by rewriting the days that hold them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_set import DayRanges, partition_days
from schemas.table import SOURCE_FILE, Table
from transforms.validated_rows import day_of


@dataclass(frozen=True)
class Retraction:
    """The removal of the rows of the files `paths` from `frame`, the current rows of a table.

    `rows` is the number of removed rows, `days` are the days that are rewritten.
    """

    table: Table
    frame: DataFrame
    paths: Sequence[str]
    rows: int = 0
    days: DayRanges = field(default_factory=DayRanges)

    @staticmethod
    def of(table: Table, frame: DataFrame, paths: Sequence[str], within: Column) -> "Retraction":
        """Find the rows to remove. `within` must hold for all of them; it limits the scan."""
        retraction = Retraction(table, frame, paths)
        if not paths:
            return retraction
        counts = (
            replace(retraction, frame=frame.filter(within))
            .removed.groupBy(day_of(table.day).alias("day"))
            .agg(F.count("*").alias("rows"))
            .collect()
        )
        return replace(
            retraction, rows=sum(row.rows for row in counts), days=partition_days(table, (row.day for row in counts))
        )

    @property
    def replaces(self) -> Column | None:
        """The overwrite filter of the commit that removes the rows."""
        return self.days.on(self.table) if self.days else None

    @property
    def removed(self) -> DataFrame:
        """The rows of the files."""
        return self._on_rewritten_days(F.col(SOURCE_FILE.name).isin(*self.paths))

    @property
    def remaining(self) -> DataFrame:
        """The rows of all other files, in the whole table."""
        return self.frame.filter(~F.col(SOURCE_FILE.name).isin(*self.paths)) if self.days else self.frame

    @property
    def remaining_on_days(self) -> DataFrame:
        """The rows of all other files, on the rewritten days."""
        return self._on_rewritten_days(~F.col(SOURCE_FILE.name).isin(*self.paths))

    def _on_rewritten_days(self, condition: Column) -> DataFrame:
        replaces = self.replaces
        return self.frame.filter(condition if replaces is None else replaces & condition)
