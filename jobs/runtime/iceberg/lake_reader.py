"""Read the tables of a lake: rows at a snapshot or on a branch, and the metadata of snapshots."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, cast

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.iceberg import snapshot_summaries, staged_commit
from jobs.runtime.iceberg.ddl import with_declared_columns
from jobs.runtime.spark.java_classes import java_class
from jobs.runtime.spark.small_frames import local_frame
from jobs.runtime.storage import s3_settings
from schemas.table import RUN_ID, Table


@dataclass(frozen=True)
class LakeReader:
    """Read access to the tables of one lake, in one session."""

    spark: SparkSession
    _small: dict[tuple[str, int | str], bool] = field(default_factory=dict, repr=False, compare=False)

    def exists(self, table: Table) -> bool:
        return bool(self.spark.catalog.tableExists(full_name(table)))

    def column_types(self, table: Table) -> dict[str, str]:
        """The columns of the existing table and their types; empty where the table does not exist."""
        return dict(self.spark.table(full_name(table)).dtypes) if self.exists(table) else {}

    def table_property(self, table: Table, name: str) -> str | None:
        """A table property; None where it is not set, or the table does not exist."""
        return cast(str | None, self._iceberg(table).properties().get(name)) if self.exists(table) else None

    def table_id(self, table: Table) -> str:
        """The id that Iceberg gave to the table when it was created."""
        return str(self._iceberg(table).uuid())

    def main(self, table: Table) -> int | None:
        """The current snapshot of main; None where nothing is published, or the table does not exist."""
        current = self._iceberg(table).currentSnapshot() if self.exists(table) else None
        return None if current is None else int(current.snapshotId())

    def row_count(self, table: Table, snapshot: int | None) -> int:
        """The number of rows at a snapshot, from its metadata; 0 for None."""
        return 0 if snapshot is None else snapshot_summaries.row_count(self._iceberg(table), snapshot)

    def row_counts(self, table: Table, before: int | None, after: int) -> tuple[int, int]:
        """The number of rows at two snapshots, whose difference is exact."""
        iceberg = self._iceberg(table)
        counts = self.row_count(table, before), self.row_count(table, after)
        if before is None:
            return counts
        deleted = [snapshot_summaries.deleted_positions(iceberg, snapshot) for snapshot in (before, after)]
        # A rewrite of the whole table drops deletes, of which some may not have applied any more.
        return counts if deleted[1] >= deleted[0] else (self.frame(table, before).count(), counts[1])

    def has_records(self, table: Table, snapshot: int | None) -> bool:
        """Whether a snapshot has data files with rows, deleted or not."""
        return snapshot is not None and snapshot_summaries.has_records(self._iceberg(table), snapshot)

    def written_at(self, table: Table) -> datetime | None:
        """The time of the last commit to main, by the clock of the machine that committed; None where there is none."""
        current = self._iceberg(table).currentSnapshot()
        return None if current is None else datetime.fromtimestamp(current.timestampMillis() / 1000, UTC)

    def frame(self, table: Table, snapshot: int | None) -> DataFrame:
        """The table at a snapshot of main; empty for None."""
        if snapshot is None:
            return local_frame(self.spark, table, [])
        # By table name: Spark 3.5 silently ignores the reader option versionAsOf and reads the current snapshot.
        return with_declared_columns(table, self._read(table, f"snapshot_id_{snapshot}", snapshot))

    def published(self, table: Table) -> DataFrame:
        """The table as readers see it."""
        return self.frame(table, self.main(table))

    def staged(self, table: Table, run_id: str) -> DataFrame:
        """The table on the branch of the run. By its snapshot ID it would read as empty while main is empty."""
        return self._read(table, f"branch_{branch_name(run_id)}", branch_name(run_id))

    def staged_rows(self, table: Table, run_id: str) -> DataFrame:
        """The rows that the run staged, of a table with `run_id`."""
        return self.staged(table, run_id).filter(rows_of_run(run_id))

    def rows_per_day(self, table: Table, snapshot: int, first: date) -> DataFrame:
        """The number of `rows` per `day` at a snapshot, from day `first` on, of a table partitioned by day.

        Read from the file metadata. *Grain:* day.
        """
        files = self.spark.sql(f"SELECT * FROM {full_name(table)}.files VERSION AS OF {snapshot}")  # noqa: S608
        days = files.select(F.col("partition").getField(f"{table.partition_column}_day").alias("day"), "record_count")
        return days.filter(F.col("day") >= F.lit(first)).groupBy("day").agg(F.sum("record_count").alias("rows"))

    def snapshot_properties(self, table: Table, snapshot: int | None, name: str) -> Iterator[tuple[int, str | None]]:
        """A snapshot property of the snapshot and its ancestors, newest first; None where it is not set."""
        iceberg = None if snapshot is None else self._iceberg(table)
        while iceberg and snapshot is not None and (commit := iceberg.snapshot(snapshot)) is not None:
            # One property: to read the whole summary would be a call to the JVM for each key.
            yield snapshot, commit.summary().get(f"{snapshot_summaries.PROPERTY_PREFIX}{name}")
            snapshot = commit.parentId()

    def changed_partitions(self, table: Table, since: int | None, until: int | None) -> set[str] | None:
        """The partitions changed after snapshot `since`, up to `until`, as Iceberg names them; None where unknown."""
        return snapshot_summaries.changed_partitions(self.spark, self._iceberg(table), table, since, until)

    def runs_with_branch(self, table: Table) -> list[str]:
        """The runs that have a branch of the table."""
        names = (str(name) for name in self._iceberg(table).refs().keySet())
        return sorted(name.removeprefix(branch_name("")) for name in names if name.startswith(branch_name("")))

    def metadata_file(self, table: Table) -> str:
        return str(self._iceberg(table).operations().current().metadataFileLocation())

    def is_small(self, table: Table, ref: int | str | None) -> bool:
        """Whether the table has few rows at a snapshot or a branch; True for None."""
        if ref is not None and (table.name, ref) not in self._small:
            commit = self._iceberg(table).snapshot(ref)
            self._small[table.name, ref] = bool(commit) and staged_commit.is_small_summary(commit.summary())
        return ref is None or self._small[table.name, ref]

    def _read(self, table: Table, selector: str, ref: int | str) -> DataFrame:
        """The table at a snapshot or a branch. Few rows are read into one partition: exchanges would cost more."""
        frame = self.spark.table(f"{full_name(table)}.{selector}")
        return frame.coalesce(1) if self.is_small(table, ref) else frame

    def _iceberg(self, table: Table) -> Any:
        """The table in Iceberg's Java API, freshly loaded. Its metadata is read without a Spark job."""
        spark = java_class(self.spark, "org.apache.iceberg.spark.Spark3Util")
        return s3_settings.require_in_warehouse(
            spark.loadIcebergTable(self.spark._jsparkSession, full_name(table)), self.spark.conf.get
        )


def rows_of_run(run_id: str) -> str:
    """The condition for the rows that a run delivered."""
    return f"{RUN_ID.name} = '{run_id}'"


def branch_name(run_id: str) -> str:
    return f"run_{run_id}"


def full_name(table: Table) -> str:
    return f"lake.{table.name}"
