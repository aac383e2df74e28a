"""A lake with the operations that maintenance needs: compaction, expiry, erasure, removal of orphan files."""

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

from jobs.runtime.cdc.tables import known_tables
from jobs.runtime.iceberg.lake import Lake, branch
from jobs.runtime.iceberg.retry import retry_commit
from jobs.runtime.iceberg.snapshots import NOTE, in_parts
from jobs.runtime.incremental.mart import made_of
from jobs.runtime.spark.frames import content_hash
from schemas.table import Table

# A file younger than this may belong to a commit that somebody is about to make.
_UNCOMMITTED = timedelta(hours=24)
# Iceberg adds a manifest with each commit, and joins them itself only from a hundred on.
_MANIFESTS = 5


@dataclass(frozen=True)
class Size:
    """What a table takes: `files` and `bytes` on disk, of data and of metadata, and the snapshots that are left."""

    files: int
    bytes: int
    snapshots: int


@dataclass(frozen=True)
class MaintainedLake(Lake):
    """A lake, and what only its care does to it. `stay_clear` is asked before readers are to see anything else."""

    stay_clear: Callable[[], None] = field(default=lambda: None, compare=False)

    def confirm(self, table: Table, base: int | None) -> None:
        self.stay_clear()
        super().confirm(table, base)

    @property
    def tables(self) -> list[Table]:
        """Those that are there."""
        return [table for table in known_tables(self) if self.is_there(table)]

    def size(self, table: Table) -> Size:
        place, state = self._folder(table), self.spark._jsparkSession.sessionState()
        found = place.getFileSystem(state.newHadoopConf()).getContentSummary(place)
        return Size(int(found.getFileCount()), int(found.getLength()), len(self._snapshots(table)))

    def consumed(self, table: Table) -> dict[str, Any]:
        """What a mart was made of and how it was asked, as its snapshot says; nothing of other tables."""
        return made_of(self, table, self.main(table))

    def committed(self, table: Table) -> dict[str, datetime]:
        """When each run that is left in the history of main committed its rows."""
        runs = [
            (run_id, self._iceberg(table).snapshot(snapshot))
            for snapshot, run_id in self.snapshot_properties(table, self.main(table), "run_id")
            if run_id
        ]
        return {run_id: _moment(commit) for run_id, commit in runs}

    def needed_since(self) -> dict[str, datetime]:
        """For each table that marts were made of, the time of the oldest snapshot of it that one of them names."""
        by_name, oldest = {table.name: table for table in self.tables}, dict[str, datetime]()
        for mart in by_name.values():
            for name, snapshot in self.consumed(mart).get("inputs", {}).items():
                commit = (
                    None if snapshot is None or name not in by_name else self._iceberg(by_name[name]).snapshot(snapshot)
                )
                if commit is not None:
                    oldest[name] = min(_moment(commit), oldest.get(name, _moment(commit)))
        return oldest

    def is_damaged(self, table: Table) -> bool:
        """Whether the table is there and not all of it can be read."""
        try:
            if self.is_there(table):
                content_hash(self.spark.table(f"lake.{table.name}"))
        except (Py4JJavaError, PySparkException):
            return True
        return False

    def lose(self, table: Table) -> None:
        """Take the table out of the catalog; its files stay where they are until `sweep`."""
        jvm: Any = self.spark._jvm
        catalog = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergCatalog(self.spark._jsparkSession, "lake")
        catalog.dropTable(jvm.org.apache.iceberg.catalog.TableIdentifier.parse(table.name), False)

    def erase(self, table: Table, which: str, run_id: str) -> int:
        """Delete the rows of main for which it holds, and let readers see that; returns how many there were. Raises Overtaken."""
        base = self.main(table)
        if base is None or not (rows := self.frame(table, base).filter(which).count()):
            return 0
        with in_parts(self.spark, run_id):
            self.delete(table, which, run_id, base=base)
        self.confirm(table, base)
        self.publish(table, run_id)
        return rows

    def compact(self, table: Table) -> None:
        """Join the small files of each partition, with what was deleted beside them, and the manifests. What the snapshot says of the rows stays."""
        if self.main(table) is None:
            return
        told = {
            "newest": next(
                (text for _, text in self.snapshot_properties(table, self.main(table), "newest") if text), None
            )
        }
        told |= {"consumed": json.dumps(consumed)} if (consumed := self.consumed(table)) else {}
        notes = {f"{NOTE}{name}": text for name, text in told.items() if text}  # true of the same rows in other files

        def act(kind: str, **options: str) -> None:
            action = getattr(self._actions(), kind)(self._iceberg(table))
            for name, value in options.items():
                action.option(name.replace("_", "-"), value)
            for name, value in notes.items():
                action.snapshotProperty(name, value)
            action.execute()

        beside = {"delete_file_threshold": "1", "remove_dangling_deletes": "true"} if table.follows else {}
        retry_commit(lambda: act("rewriteDataFiles", min_input_files="2", **beside))
        iceberg = self._iceberg(table)
        if len(iceberg.currentSnapshot().allManifests(iceberg.io())) >= _MANIFESTS:
            retry_commit(lambda: act("rewriteManifests"))

    def to_compact(self, table: Table) -> tuple[int, int]:
        """How many small files of data there are, and in how many partitions: so many files they are joined into, or a little more."""
        place = F.col("partition") if table.partition else F.lit(None)
        small = (
            self.spark.table(f"lake.{table.name}.files")
            .groupBy(place.alias("place"))
            .agg(F.count("*").alias("files"))
            .filter(F.col("files") > 1)
        )
        joined, places = small.agg(F.coalesce(F.sum("files"), F.lit(0)), F.count("*")).collect()[0]
        return joined, places

    def to_expire(self, table: Table, before: datetime) -> int:
        """How many snapshots `expire` would lose."""
        return len(self._iceberg(table).expireSnapshots().expireOlderThan(_millis(before)).retainLast(1).apply())

    def to_sweep(self, table: Table, before: datetime) -> int:
        """How many files `sweep` would delete."""
        oldest = f"TIMESTAMP '{min(before, datetime.now(UTC) - _UNCOMMITTED):%Y-%m-%d %H:%M:%S}'"
        return self.spark.sql(
            f"CALL lake.system.remove_orphan_files(table => '{table.name}', older_than => {oldest}, dry_run => true)"
        ).count()

    def branches(self, table: Table, before: datetime) -> list[str]:
        """The branches of runs whose last commit is older."""
        iceberg = self._iceberg(table)
        heads = {
            name.removeprefix(branch("")): iceberg.snapshot(ref.snapshotId())
            for name, ref in dict(iceberg.refs()).items()
            if name.startswith(branch(""))
        }
        return [run_id for run_id, head in heads.items() if _moment(head) < before]

    def expire(self, table: Table, before: datetime) -> None:
        """Lose the history of main that is older, with the files that nothing else needs. What a branch reaches stays."""
        # The action of Spark asks which files are still reached; that of the table itself would keep those that main just let go of.
        if self.main(table) is None or len(self._snapshots(table)) > 1:
            retry_commit(
                lambda: (
                    self._actions()
                    .expireSnapshots(self._iceberg(table))
                    .expireOlderThan(_millis(before))
                    .retainLast(1)
                    .execute()
                )
            )

    def forget_history(self, table: Table) -> None:
        """Leave of the table what readers see and nothing else: no branch, no earlier snapshot, no file that it does not know."""
        began, iceberg = datetime.now(UTC), self._iceberg(table)
        for name, ref in dict(iceberg.refs()).items():
            if name != "main":
                changes = iceberg.manageSnapshots()
                (changes.removeBranch(name) if ref.isBranch() else changes.removeTag(name)).commit()
        self.expire(table, began)
        self.sweep(table, began, but_the_youngest=False)
        self._sweep_hidden(table)

    def on_disk(self, table: Table, *columns: str) -> DataFrame:
        """These columns of every Parquet file below the folder of the table, whether the table knows the file or not."""
        wanted = StructType([field for field in table.struct if field.name in columns])
        reader = (
            self.spark.read.schema(wanted).option("recursiveFileLookup", "true").option("pathGlobFilter", "*.parquet")
        )
        return reader.parquet(str(self._iceberg(table).location()))

    def sweep(self, table: Table, before: datetime, *, but_the_youngest: bool = True) -> int:
        """Delete the files in the folder of the table that are older and that it does not know; by default never one of the last 24 hours."""
        oldest = min(before, datetime.now(UTC) - _UNCOMMITTED) if but_the_youngest else before
        found = self._actions().deleteOrphanFiles(self._iceberg(table)).olderThan(_millis(oldest)).execute()
        return sum(1 for _ in found.orphanFileLocations())

    def _sweep_hidden(self, table: Table) -> None:
        """Delete what a dead job may have left in hidden folders, which Iceberg and Spark pass over; sums of bytes stay."""
        folder, state = self._folder(table), self.spark._jsparkSession.sessionState()
        system = folder.getFileSystem(state.newHadoopConf())
        top, files = str(system.makeQualified(folder).toString()), system.listFiles(folder, True)
        while files.hasNext():
            path = files.next().getPath()
            inside = str(path.toString()).removeprefix(top)
            if re.search("/[._]", inside) and not inside.endswith(".crc"):
                system.delete(path, False)

    def _snapshots(self, table: Table) -> Sequence[Any]:
        return cast(Sequence[Any], self._iceberg(table).operations().current().snapshots())

    def _folder(self, table: Table) -> Any:
        return cast(Any, self.spark._jvm).org.apache.hadoop.fs.Path(self._iceberg(table).location())

    def _actions(self) -> Any:
        jvm: Any = self.spark._jvm
        return jvm.org.apache.iceberg.spark.actions.SparkActions.get(self.spark._jsparkSession)


def _moment(commit: Any) -> datetime:
    return datetime.fromtimestamp(commit.timestampMillis() / 1000, UTC)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
