"""A lake with the operations of table maintenance: compaction, expiry, erasure, and removal of orphan files."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from jobs.runtime.cdc.applied_position import POSITION_PROPERTIES, last_property
from jobs.runtime.cdc.source_catalog import known_tables
from jobs.runtime.iceberg.lake_reader import branch_name
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.retry import retry_commit
from jobs.runtime.iceberg.snapshot_summaries import PROPERTY_PREFIX, part_of_run
from jobs.runtime.incremental.incremental_mart import read_consumed
from jobs.runtime.spark.small_frames import content_hash
from jobs.runtime.streaming.publication_batch import LABEL
from schemas.table import Table

# A younger file may belong to a commit in progress.
_MIN_ORPHAN_AGE = timedelta(hours=24)
# Iceberg adds a manifest with each commit, and merges them itself only from a hundred on.
_MANIFESTS_TO_REWRITE = 5


@dataclass(frozen=True)
class Size:
    """The size of a table: its files and bytes on disk, data and metadata, and its number of snapshots."""

    files: int
    bytes: int
    snapshots: int


@dataclass(frozen=True)
class MaintainedLake(Lake):
    """A lake with maintenance operations. `require_no_live_run` is called before each publication."""

    require_no_live_run: Callable[[], None] = field(default=lambda: None, compare=False)

    def require_main(self, table: Table, base: int | None) -> None:
        """Raises Overtaken where main is no longer at `base`, or a run may be live."""
        self.require_no_live_run()
        super().require_main(table, base)

    @property
    def tables(self) -> list[Table]:
        """All existing tables."""
        return [table for table in known_tables(self) if self.exists(table)]

    def size(self, table: Table) -> Size:
        folder, state = self._folder(table), self.spark._jsparkSession.sessionState()
        summary = folder.getFileSystem(state.newHadoopConf()).getContentSummary(folder)
        return Size(int(summary.getFileCount()), int(summary.getLength()), len(self._snapshots(table)))

    def consumed(self, table: Table) -> dict[str, Any]:
        """The input snapshots and parameters of a mart, from the properties of its snapshot; empty for other tables."""
        return read_consumed(self, table, self.main(table))

    def commit_times(self, table: Table) -> dict[str, datetime]:
        """The time of each run's commit, for the runs that are in the remaining history of main."""
        runs = [
            (run_id, self._iceberg(table).snapshot(snapshot))
            for snapshot, run_id in self.snapshot_properties(table, self.main(table), "run_id")
            if run_id
        ]
        return {run_id: _committed_at(commit) for run_id, commit in runs}

    def oldest_consumed(self) -> dict[str, datetime]:
        """For each input of a mart, by name, the time of its oldest snapshot that a mart was built from."""
        by_name, oldest = {table.name: table for table in self.tables}, dict[str, datetime]()
        for mart in by_name.values():
            for name, snapshot in self.consumed(mart).get("inputs", {}).items():
                if snapshot is None or name not in by_name:
                    continue
                commit = self._iceberg(by_name[name]).snapshot(snapshot)
                if commit is not None:
                    oldest[name] = min(_committed_at(commit), oldest.get(name, _committed_at(commit)))
        return oldest

    def is_damaged(self, table: Table) -> bool:
        """Whether the table exists but cannot be read in full."""
        try:
            if self.exists(table):
                content_hash(self.spark.table(f"lake.{table.name}"))
        except (Py4JJavaError, PySparkException):
            return True
        return False

    def drop_from_catalog(self, table: Table) -> None:
        """Drop the table from the catalog. Its files stay until `remove_orphans`."""
        jvm: Any = self.spark._jvm
        catalog = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergCatalog(self.spark._jsparkSession, "lake")
        catalog.dropTable(jvm.org.apache.iceberg.catalog.TableIdentifier.parse(table.name), False)

    def delete_rows(self, table: Table, condition: str, run_id: str) -> int:
        """Delete the rows of main that satisfy the condition, and publish. Returns their number. Raises Overtaken."""
        base = self.main(table)
        if base is None or not (rows := self.frame(table, base).filter(condition).count()):
            return 0
        with part_of_run(self.spark, run_id, self.properties_of_rows(table)):
            self.delete(table, condition, run_id, base=base)
        self.require_main(table, base)
        self.publish(table, run_id)
        return rows

    def compact(self, table: Table) -> None:
        """Compact the small data files of each partition, apply delete files, and rewrite the manifests.

        Keeps the snapshot properties that describe the rows.
        """
        if self.main(table) is None:
            return
        properties = self.properties_of_rows(table)

        def rewrite(action_name: str, **options: str) -> None:
            action = getattr(self._actions(), action_name)(self._iceberg(table))
            for name, value in options.items():
                action.option(name.replace("_", "-"), value)
            for name, value in properties.items():
                action.snapshotProperty(f"{PROPERTY_PREFIX}{name}", value)
            action.execute()

        deletes = {"delete_file_threshold": "1", "remove_dangling_deletes": "true"} if table.cdc_role else {}
        retry_commit(lambda: rewrite("rewriteDataFiles", min_input_files="2", **deletes))
        iceberg = self._iceberg(table)
        if len(iceberg.currentSnapshot().allManifests(iceberg.io())) >= _MANIFESTS_TO_REWRITE:
            retry_commit(lambda: rewrite("rewriteManifests"))

    def properties_of_rows(self, table: Table) -> dict[str, str]:
        """The snapshot properties that stay true when the same rows, or some of them, are written to other files."""
        found = {name: last_property(self, table, self.main(table), name) for name in (*POSITION_PROPERTIES, LABEL)}
        found |= {"consumed": json.dumps(consumed) if (consumed := self.consumed(table)) else None}
        return {name: value for name, value in found.items() if value}

    def count_compactable(self, table: Table) -> tuple[int, int]:
        """The number of data files in partitions with several of them, and of such partitions.

        Compaction leaves about one file per partition.
        """
        partition = F.col("partition") if table.partition else F.lit(None)
        counts = (
            self.spark.table(f"lake.{table.name}.files")
            .groupBy(partition.alias("partition"))
            .agg(F.count("*").alias("files"))
            .filter(F.col("files") > 1)
        )
        files, partitions = counts.agg(F.coalesce(F.sum("files"), F.lit(0)), F.count("*")).collect()[0]
        return files, partitions

    def count_expirable(self, table: Table, before: datetime) -> int:
        """The number of snapshots that `expire_snapshots` would remove."""
        return len(self._iceberg(table).expireSnapshots().expireOlderThan(_millis(before)).retainLast(1).apply())

    def count_orphans(self, table: Table, before: datetime) -> int:
        """The number of files that `remove_orphans` would delete."""
        older_than = f"TIMESTAMP '{min(before, datetime.now(UTC) - _MIN_ORPHAN_AGE):%Y-%m-%d %H:%M:%S}'"
        arguments = f"table => '{table.name}', older_than => {older_than}, dry_run => true"
        return self.spark.sql(f"CALL lake.system.remove_orphan_files({arguments})").count()

    def stale_branches(self, table: Table, before: datetime) -> list[str]:
        """The runs whose branches had their last commit before the instant."""
        iceberg = self._iceberg(table)
        heads = {
            name.removeprefix(branch_name("")): iceberg.snapshot(ref.snapshotId())
            for name, ref in dict(iceberg.refs()).items()
            if name.startswith(branch_name(""))
        }
        return [run_id for run_id, head in heads.items() if _committed_at(head) < before]

    def expire_snapshots(self, table: Table, before: datetime) -> None:
        """Expire the snapshots of main from before the instant, with the files that only they need.

        The current snapshot and the snapshots of branches stay.
        """
        # By Spark action: Iceberg's table API would keep files that only just became unreachable from main.
        if self.main(table) is None or len(self._snapshots(table)) > 1:

            def expire() -> None:
                action = self._actions().expireSnapshots(self._iceberg(table))
                action.expireOlderThan(_millis(before)).retainLast(1).execute()

            retry_commit(expire)

    def remove_history(self, table: Table) -> None:
        """Remove everything but the current snapshot: all branches and tags, earlier snapshots, and orphan files."""
        now, iceberg = datetime.now(UTC), self._iceberg(table)
        for name, ref in dict(iceberg.refs()).items():
            if name != "main":
                refs = iceberg.manageSnapshots()
                (refs.removeBranch(name) if ref.isBranch() else refs.removeTag(name)).commit()
        self.expire_snapshots(table, now)
        self.remove_orphans(table, now, keep_recent=False)
        self._remove_hidden_files(table)

    def read_all_files(self, table: Table, *columns: str) -> DataFrame:
        """These columns of every Parquet file in the folder of the table, including orphan files."""
        schema = StructType([field for field in table.struct if field.name in columns])
        reader = (
            self.spark.read.schema(schema).option("recursiveFileLookup", "true").option("pathGlobFilter", "*.parquet")
        )
        return reader.parquet(str(self._iceberg(table).location()))

    def remove_orphans(self, table: Table, before: datetime, *, keep_recent: bool = True) -> int:
        """Delete the orphan files of the table from before the instant. Returns their number.

        With `keep_recent`, files from the last 24 hours stay.
        """
        older_than = min(before, datetime.now(UTC) - _MIN_ORPHAN_AGE) if keep_recent else before
        result = self._actions().deleteOrphanFiles(self._iceberg(table)).olderThan(_millis(older_than)).execute()
        return sum(1 for _ in result.orphanFileLocations())

    def _remove_hidden_files(self, table: Table) -> None:
        """Delete files in hidden folders, which a killed job may leave, and which Iceberg and Spark ignore.

        Checksum files stay.
        """
        folder, state = self._folder(table), self.spark._jsparkSession.sessionState()
        filesystem = folder.getFileSystem(state.newHadoopConf())
        root, files = str(filesystem.makeQualified(folder).toString()), filesystem.listFiles(folder, True)
        while files.hasNext():
            path = files.next().getPath()
            relative = str(path.toString()).removeprefix(root)
            if re.search("/[._]", relative) and not relative.endswith(".crc"):
                filesystem.delete(path, False)

    def _snapshots(self, table: Table) -> Sequence[Any]:
        return cast(Sequence[Any], self._iceberg(table).operations().current().snapshots())

    def _folder(self, table: Table) -> Any:
        return cast(Any, self.spark._jvm).org.apache.hadoop.fs.Path(self._iceberg(table).location())

    def _actions(self) -> Any:
        jvm: Any = self.spark._jvm
        return jvm.org.apache.iceberg.spark.actions.SparkActions.get(self.spark._jsparkSession)


def _committed_at(commit: Any) -> datetime:
    return datetime.fromtimestamp(commit.timestampMillis() / 1000, UTC)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
