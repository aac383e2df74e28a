"""Iceberg: read, stage on a branch, publish by fast-forward.

Readers of main see a table's old snapshot until `publish`. A branch is named after its run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, cast

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.errors import Overtaken
from jobs.runtime.iceberg import snapshots, staging
from jobs.runtime.iceberg.ddl import as_declared, creation, exact, growth
from jobs.runtime.iceberg.retry import retry_commit
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.spark import jvm_gateway
from jobs.runtime.spark.frames import local_frame
from jobs.runtime.spark.local_frames import Files, paths_here
from jobs.runtime.storage import object_store
from schemas.table import RUN_ID, Table

_FEW_FILES = 32


@dataclass(frozen=True)
class Lake:
    """The tables of one lake, through one session."""

    spark: SparkSession
    may_grow: bool = True
    _few: dict[tuple[str, int | str], bool] = field(default_factory=dict, repr=False, compare=False)
    _paths: dict[tuple[str, int, str], list[str] | None] = field(default_factory=dict, repr=False, compare=False)

    def ensure(self, table: Table) -> list[str]:
        """Make the table, empty, where it is not there; else the columns that it will get. Raises BadLake where it would lose one, or may get none."""
        if not self.is_there(table):
            retry_commit(lambda: self.spark.sql(f"CREATE NAMESPACE IF NOT EXISTS lake.{table.domain}"))
            retry_commit(lambda: self.spark.sql(creation(table)))
        return [f"{table.name}: column {name}" for name in self._growth(table)]

    def grow(self, table: Table) -> None:
        """Give the table the columns that it lacks; readers see them at once, as NULL: Iceberg's schema is that of all branches."""
        retry_commit(lambda: [self.spark.sql(statement) for statement in self._growth(table).values()])

    def is_there(self, table: Table) -> bool:
        return bool(self.spark.catalog.tableExists(_full(table)))

    def types(self, table: Table) -> dict[str, str]:
        """The columns of the table as it is there, with their types; none where it is not."""
        return dict(self.spark.table(_full(table)).dtypes) if self.is_there(table) else {}

    def told(self, table: Table, name: str) -> str | None:
        """What the lake keeps with the table under a name; None where it is not there, or nothing is kept."""
        return cast(str | None, self._iceberg(table).properties().get(name)) if self.is_there(table) else None

    def main(self, table: Table) -> int | None:
        """The snapshot that readers see; None while nothing was published, or the table is not there."""
        current = self._iceberg(table).currentSnapshot() if self.is_there(table) else None
        return None if current is None else int(current.snapshotId())

    def rows(self, table: Table, snapshot: int | None) -> int:
        """How many rows the table has at a snapshot, as its metadata say; none at None."""
        return 0 if snapshot is None else snapshots.rows(self._iceberg(table), snapshot)

    def written_at(self, table: Table) -> datetime | None:
        """When main was written last, by the clock of the machine that did."""
        current = self._iceberg(table).currentSnapshot()
        return None if current is None else datetime.fromtimestamp(current.timestampMillis() / 1000, UTC)

    def frame(self, table: Table, snapshot: int | None) -> DataFrame:
        """The table as main had it at a snapshot; empty at None."""
        if snapshot is None:
            return local_frame(self.spark, table, [])
        # By name: Spark 3.5 passes over the reader's option versionAsOf without a word, and reads main as it is now.
        return as_declared(table, self._read(table, f"snapshot_id_{snapshot}", snapshot))

    def published(self, table: Table) -> DataFrame:
        """The table as readers see it."""
        return self.frame(table, self.main(table))

    def staged(self, table: Table, run_id: str) -> DataFrame:
        """The table as the branch of the run has it. By its snapshot it would read as empty while main is empty."""
        return self._read(table, f"branch_{branch(run_id)}", branch(run_id))

    def slice(self, table: Table, run_id: str) -> DataFrame:
        """Of a table of delivered rows, those that the run staged."""
        return self.staged(table, run_id).filter(rows_of(run_id))

    def counted(self, table: Table, snapshot: int, first: date) -> DataFrame:
        """How many `rows` a snapshot has by `day`, from the first on, as its metadata say; of a table that is laid out by days."""
        files = self.spark.sql(f"SELECT * FROM {_full(table)}.files VERSION AS OF {snapshot}")  # noqa: S608  (both are ours)
        days = files.select(F.col("partition").getField(f"{table.partition_column}_day").alias("day"), "record_count")
        return days.filter(F.col("day") >= F.lit(first)).groupBy("day").agg(F.sum("record_count").alias("rows"))

    def snapshot_properties(self, table: Table, snapshot: int | None, note: str) -> Iterator[tuple[int, str | None]]:
        """The commits from the snapshot back to the first that is left, each with what its run wrote beside it under that name."""
        iceberg = None if snapshot is None else self._iceberg(table)
        while iceberg and snapshot is not None and (commit := iceberg.snapshot(snapshot)) is not None:
            yield (
                snapshot,
                commit.summary().get(f"{snapshots.NOTE}{note}"),
            )  # all of the summary would be a question to the JVM for each of its keys
            snapshot = commit.parentId()

    def confirm(self, table: Table, base: int | None) -> None:
        """Raises Overtaken where main is no more what it was."""
        if self.main(table) != base:
            raise _overtaken(table)

    def move(self, table: Table, main: int | None, snapshot: int) -> None:
        """Let readers see another snapshot, whichever. Raises Overtaken where main is no more what it was."""

        def moved() -> None:
            operations: Any = self._iceberg(table).operations()
            base, jvm = operations.current(), cast(Any, self.spark._jvm)
            if int(base.currentSnapshot().snapshotId()) != main:
                raise _overtaken(table)
            operations.commit(
                base, jvm.org.apache.iceberg.TableMetadata.buildFrom(base).setBranchSnapshot(snapshot, "main").build()
            )

        retry_commit(moved)

    def changed(self, table: Table, since: int | None, until: int | None) -> set[str] | None:
        """The partitions that commits after `since` touched, up to `until`, as Iceberg writes them; None where that cannot be told."""
        return snapshots.changed(self.spark, self._iceberg(table), table, since, until)

    def runs_with_branch(self, table: Table) -> list[str]:
        """The runs that staged something of the table and did not drop it."""
        names = (str(name) for name in self._iceberg(table).refs().keySet())
        return sorted(name.removeprefix(branch("")) for name in names if name.startswith(branch("")))

    def drop_unpublished(self, tables: Sequence[Table]) -> None:
        """Take tables out of the lake in which readers see nothing yet, with what was staged of them."""
        for table in (one for one in tables if self.is_there(one) and self.main(one) is None):
            retry_commit(partial(self.spark.sql, f"DROP TABLE {_full(table)} PURGE"))

    def append(self, table: Table, frame: DataFrame) -> None:
        """Add rows to main at once: for the ledger, whose rows say of themselves whether they count."""
        self.grow(table)
        retry_commit(lambda: exact(table, frame).writeTo(_full(table)).append())

    def stage(
        self,
        table: Table,
        frame: DataFrame,
        run_id: str,
        *,
        base: int | None,
        replaces: Column | None,
        notes: Mapping[str, str],
        is_in_parts: bool = False,
    ) -> Staged:
        """Commit `frame` on the branch of the run, on top of main as it was at `base`: added to its rows, or in place of those that `replaces` holds.

        `replaces` must hold whole partitions. Rows of `frame` that it does not hold are added: Iceberg does not hold them against it.
        Where the rows of a partition are together already, in few parts of the frame, they are written from where they are.
        """
        rows, name = exact(table, frame), branch(run_id)
        self.grow(table)
        retry_commit(lambda: self._begin(table, name, base))
        if base is None and self.main(table) is not None:
            raise _overtaken(table)
        writer = rows.writeTo(f"{_full(table)}.branch_{name}")
        for key, value in {"run_id": run_id, **notes}.items():
            writer = writer.option(f"snapshot-property.{snapshots.NOTE}{key}", value)
        if is_in_parts:
            writer = writer.option("distribution-mode", "none")
        if replaces is None:
            writer.append()
        else:
            writer.overwrite(replaces)
        commit = self._iceberg(table).snapshot(name)
        rows_added, bytes_added = (
            int(commit.summary().get(name) or 0) for name in ("added-records", "added-files-size")
        )
        return Staged(int(commit.snapshotId()), rows_added, bytes_added)

    def clear(self, table: Table, keys: DataFrame, run_id: str, *, base: int) -> None:
        """Delete the rows with one of the `keys` on the branch of the run; what is staged after it comes in their place."""
        name = f"keys_of_{table.stem}_{run_id}"
        keys.createOrReplaceTempView(name)
        is_same = " AND ".join(f"gone.`{key}` = there.`{key}`" for key in keys.columns)
        self.delete(table, f"EXISTS (SELECT 1 FROM {name} AS gone WHERE {is_same})", run_id, base=base)  # noqa: S608  (all of it is ours)
        self.spark.catalog.dropTempView(name)

    def delete(self, table: Table, which: str, run_id: str, *, base: int) -> None:
        """Delete the rows `there` for which it holds on the branch of the run, on top of main as it was at `base`; see commits.in_parts."""
        self.grow(table)
        retry_commit(lambda: self._begin(table, branch(run_id), base))
        # No MERGE: Spark 4.1 does not plan it on Iceberg's tables.
        self.spark.sql(f"DELETE FROM {_full(table)}.branch_{branch(run_id)} AS there WHERE {which}")  # noqa: S608

    def publish(self, table: Table, run_id: str) -> None:
        """Let readers see the branch, which goes with that. Raises Overtaken when main has moved since the branch was made."""
        name = branch(run_id)
        try:
            retry_commit(
                lambda: (
                    self._iceberg(table).manageSnapshots().fastForwardBranch("main", name).removeBranch(name).commit()
                )
            )
        except Exception as error:
            raise _overtaken(table) if "not an ancestor" in str(error) else error from error

    def drop(self, table: Table, run_id: str) -> None:
        """Remove the branch of the run; what main reaches stays."""
        if run_id in self.runs_with_branch(table):
            retry_commit(lambda: self._iceberg(table).manageSnapshots().removeBranch(branch(run_id)).commit())

    def metadata_file(self, table: Table) -> str:
        return str(self._iceberg(table).operations().current().metadataFileLocation())

    def is_few(self, table: Table, ref: int | str | None) -> bool:
        """Whether the table has few rows at a snapshot or a branch; it has none at None."""
        if ref is not None and (table.name, ref) not in self._few:
            commit = self._iceberg(table).snapshot(ref)
            counts = (
                [
                    (commit.summary().get(name), most)
                    for name, most in (("total-records", staging.FEW_ROWS), ("total-data-files", _FEW_FILES))
                ]
                if commit
                else []
            )
            self._few[table.name, ref] = bool(counts) and all(count and int(count) <= most for count, most in counts)
        return ref is None or self._few[table.name, ref]

    def files(self, table: Table, snapshot: int, where: str) -> Files | None:
        """The rows of a snapshot for which it holds, where this process can read them without Spark."""
        if (asked := (table.name, snapshot, where)) not in self._paths:
            self._paths[asked] = paths_here(self.spark, _full(table), self._iceberg(table), snapshot, where)
        return None if (paths := self._paths[asked]) is None else Files(table, paths, where)

    def _read(self, table: Table, named: str, ref: int | str) -> DataFrame:
        """The table at a snapshot or a branch. Of few rows Spark is told that they are together: each exchange costs more than they do."""
        frame = self.spark.table(f"{_full(table)}.{named}")
        return frame.coalesce(1) if self.is_few(table, ref) else frame

    def _begin(self, table: Table, name: str, base: int | None) -> None:
        """Make the branch at `base`, where it is not there; without one, of a table that has no snapshot, an empty one."""
        iceberg = self._iceberg(table)
        if not iceberg.refs().containsKey(name):
            iceberg.manageSnapshots().createBranch(name, *([] if base is None else [base])).commit()

    def _growth(self, table: Table) -> dict[str, str]:
        return growth(table, dict(self.spark.table(_full(table)).dtypes), may_grow=self.may_grow)

    def _iceberg(self, table: Table) -> Any:
        """Iceberg's own view of the table, read afresh: no Spark job is needed to look at its metadata."""
        spark = jvm_gateway.statics(self.spark, "org.apache.iceberg.spark.Spark3Util")
        return object_store.at_home(
            spark.loadIcebergTable(self.spark._jsparkSession, _full(table)), self.spark.conf.get
        )


def rows_of(run_id: str) -> str:
    """Of a table of delivered rows, which ones a run delivered."""
    return f"{RUN_ID.name} = '{run_id}'"


def branch(run_id: str) -> str:
    return f"run_{run_id}"


def _full(table: Table) -> str:
    return f"lake.{table.name}"


def _overtaken(table: Table) -> Overtaken:
    return Overtaken(
        f"another run published {table.name} while this one worked; what this one had not published is dropped: run it again"
    )
