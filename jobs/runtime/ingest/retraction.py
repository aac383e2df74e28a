"""Remove the rows of corrected or withdrawn files: the days that have such rows are rewritten without them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import DayRanges, rewritten
from schemas.table import SOURCE_FILE, Table
from transforms.intake import day_of


@dataclass(frozen=True)
class Retraction:
    """Of a table as it is in `frame`: how many `rows` of the files `gone` there are, and which `days` are written anew for that."""

    table: Table
    frame: DataFrame
    gone: Sequence[str]
    rows: int = 0
    days: DayRanges = field(default_factory=DayRanges)

    @staticmethod
    def of(table: Table, frame: DataFrame, gone: Sequence[str], within: Column) -> "Retraction":
        """Look for the rows where `within` holds: wherever they may be."""
        leaving = Retraction(table, frame, gone)
        if not gone:
            return leaving
        counted = (
            replace(leaving, frame=frame.filter(within))
            .goes.groupBy(day_of(table.day).alias("day"))
            .agg(F.count("*").alias("rows"))
            .collect()
        )
        return replace(
            leaving, rows=sum(row.rows for row in counted), days=rewritten(table, (row.day for row in counted))
        )

    @property
    def replaces(self) -> Column | None:
        """What a commit without these rows has to overwrite."""
        return self.days.on(self.table) if self.days else None

    @property
    def goes(self) -> DataFrame:
        return self._on_its_days(F.col(SOURCE_FILE.name).isin(*self.gone))

    @property
    def stays(self) -> DataFrame:
        """The other rows, of the whole table."""
        return self.frame.filter(~F.col(SOURCE_FILE.name).isin(*self.gone)) if self.days else self.frame

    @property
    def stays_beside(self) -> DataFrame:
        """The other rows of the days that are overwritten."""
        return self._on_its_days(~F.col(SOURCE_FILE.name).isin(*self.gone))

    def _on_its_days(self, which: Column) -> DataFrame:
        replaces = self.replaces
        return self.frame.filter(which if replaces is None else replaces & which)
