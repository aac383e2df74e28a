"""The rows of files that leave a table: its days with such rows are written anew, without them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.increments.days import Days
from schemas.table import SOURCE_FILE


@dataclass(frozen=True)
class Leaving:
    """Of a `table` that is partitioned by the day of `column`: how many `rows` of the files `gone` there are, and on which days.

    The days are UTC days of instants where the zone says so; of a column of dates there is none.
    """

    table: DataFrame
    gone: Sequence[str]
    column: str
    zone: str | None
    rows: int = 0
    days: Days = field(default_factory=Days)

    @staticmethod
    def of(table: DataFrame, gone: Sequence[str], column: str, zone: str | None, within: Column) -> "Leaving":
        """Look for the rows where `within` holds: wherever they may be."""
        if not gone:
            return Leaving(table, gone, column, zone)
        found = Leaving(table.filter(within), gone, column, zone).goes.groupBy(F.to_date(column).alias("day")).agg(F.count("*").alias("rows")).collect()
        return Leaving(table, gone, column, zone, sum(row.rows for row in found), Days.of(*((row.day, row.day) for row in found)))

    @property
    def replaces(self) -> Column | None:
        """What a commit without these rows has to overwrite."""
        return self.days.hold(self.column, self.zone) if self.days else None

    @property
    def goes(self) -> DataFrame:
        return self._on_its_days(F.col(SOURCE_FILE.name).isin(*self.gone))

    @property
    def stays(self) -> DataFrame:
        """The other rows, of the whole table."""
        return self.table.filter(~F.col(SOURCE_FILE.name).isin(*self.gone)) if self.days else self.table

    @property
    def stays_beside(self) -> DataFrame:
        """The other rows of the days that are overwritten."""
        return self._on_its_days(~F.col(SOURCE_FILE.name).isin(*self.gone))

    def _on_its_days(self, which: Column) -> DataFrame:
        replaces = self.replaces
        return self.table.filter(which if replaces is None else replaces & which)
