"""Write Iceberg tables: stage rows on a branch, and publish the branch by fast-forward.

Readers of main see the old snapshot of a table until `publish`. A branch is named after its run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from pyspark.sql import Column, DataFrame

from jobs.runtime.errors import Overtaken
from jobs.runtime.iceberg import snapshot_summaries
from jobs.runtime.iceberg.ddl import create_table_sql, evolution_sql, require_declared_columns
from jobs.runtime.iceberg.lake_reader import LakeReader, branch_name, full_name
from jobs.runtime.iceberg.retry import retry_commit
from jobs.runtime.iceberg.row_append import append_rows
from jobs.runtime.iceberg.staged_commit import Staged
from schemas.table import Table


@dataclass(frozen=True)
class Lake(LakeReader):
    """The tables of one lake, in one session. `may_evolve` allows schema changes."""

    may_evolve: bool = True

    def ensure(self, table: Table) -> list[str]:
        """Create the table, empty, where it does not exist, and list the columns that `evolve_schema` would change.

        Raises BadLake where the existing table has incompatible columns, or its schema may not evolve.
        """
        if not self.exists(table):
            retry_commit(lambda: self.spark.sql(f"CREATE NAMESPACE IF NOT EXISTS lake.{table.domain}"))
            retry_commit(lambda: self.spark.sql(create_table_sql(table)))
        return [f"{table.name}: column {name}" for name in self._evolution(table)]

    def evolve_schema(self, table: Table) -> None:
        """Add missing columns and widen narrower ones.

        Readers see the change at once, with NULLs in added columns: all branches share the schema of an Iceberg table.
        """
        retry_commit(lambda: [self.spark.sql(statement) for statement in self._evolution(table).values()])

    def restore_schema(self, table: Table) -> None:
        """Go back to the schema of main, from that of rows that are not published."""

        def commit() -> None:
            operations: Any = self._iceberg(table).operations()
            metadata, jvm = operations.current(), cast(Any, self.spark._jvm)
            published = metadata.currentSnapshot().schemaId()
            if published is not None and published != metadata.currentSchemaId():
                builder = jvm.org.apache.iceberg.TableMetadata.buildFrom(metadata)
                operations.commit(metadata, builder.setCurrentSchema(published).build())

        if self.main(table) is not None:
            retry_commit(commit)

    def require_main(self, table: Table, base: int | None) -> None:
        """Raises Overtaken where main is no longer at `base`."""
        if self.main(table) != base:
            raise _overtaken(table)

    def set_main(self, table: Table, main: int | None, snapshot: int) -> None:
        """Set main to any snapshot. Raises Overtaken where it is no longer at `main`."""

        def commit() -> None:
            operations: Any = self._iceberg(table).operations()
            metadata, jvm = operations.current(), cast(Any, self.spark._jvm)
            if int(metadata.currentSnapshot().snapshotId()) != main:
                raise _overtaken(table)
            builder = jvm.org.apache.iceberg.TableMetadata.buildFrom(metadata)
            operations.commit(metadata, builder.setBranchSnapshot(snapshot, "main").build())

        retry_commit(commit)

    def drop_unpublished(self, tables: Sequence[Table], *, has_staged_rows: bool) -> None:
        """Drop those of the tables that have no published rows; with `has_staged_rows` also tables with a branch."""
        for table in (table for table in tables if self.exists(table) and self.main(table) is None):
            if self.runs_with_branch(table) and not has_staged_rows:
                continue
            retry_commit(partial(self.spark.sql, f"DROP TABLE {full_name(table)} PURGE"))

    def append(self, table: Table, frame: DataFrame) -> None:
        """Append rows directly to main. For the ledger, whose rows carry their own status."""
        self.evolve_schema(table)
        retry_commit(lambda: require_declared_columns(table, frame).writeTo(full_name(table)).append())

    def append_rows(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append a few Python rows directly to main, without a Spark job. The table has all of its columns."""
        append_rows(self.spark, self._iceberg(table), rows)

    def stage(
        self,
        table: Table,
        frame: DataFrame,
        run_id: str,
        *,
        base: int | None,
        replaces: Column | None,
        properties: Mapping[str, str],
        is_clustered: bool = False,
    ) -> Staged:
        """Commit `frame` on the branch of the run, which starts at snapshot `base` of main, with snapshot properties.

        The rows replace those that satisfy `replaces`, a condition on whole partitions; they are appended where it is
        None. Rows of `frame` that do not satisfy it are appended too: Iceberg does not validate them. With
        `is_clustered` each partition of the table is in few partitions of the frame, and is written without a shuffle.
        """
        rows, name = require_declared_columns(table, frame), branch_name(run_id)
        self.evolve_schema(table)
        retry_commit(lambda: self._create_branch(table, name, base))
        if base is None and self.main(table) is not None:
            raise _overtaken(table)
        writer = rows.writeTo(f"{full_name(table)}.branch_{name}")
        for key, value in {"run_id": run_id, **properties}.items():
            writer = writer.option(f"snapshot-property.{snapshot_summaries.PROPERTY_PREFIX}{key}", value)
        if is_clustered:
            writer = writer.option("distribution-mode", "none")
        if replaces is None:
            writer.append()
        else:
            writer.overwrite(replaces)
        commit = self._iceberg(table).snapshot(name)
        return Staged(int(commit.snapshotId()), int(commit.summary().get("added-records") or 0))

    def delete_keys(self, table: Table, keys: DataFrame, run_id: str, *, base: int) -> None:
        """Delete the rows with one of the `keys` on the branch of the run. Replacement rows can be staged after it."""
        view = f"keys_of_{table.stem}_{run_id}"
        keys.createOrReplaceTempView(view)
        has_key = " AND ".join(f"deleted.`{key}` = target.`{key}`" for key in keys.columns)
        self.delete(table, f"EXISTS (SELECT 1 FROM {view} AS deleted WHERE {has_key})", run_id, base=base)  # noqa: S608
        self.spark.catalog.dropTempView(view)

    def delete(self, table: Table, condition: str, run_id: str, *, base: int) -> None:
        """Delete the rows that satisfy the condition on the branch of the run, which starts at snapshot `base` of main.

        The condition names the table `target`. Commits have no snapshot properties; see snapshot_summaries.part_of_run.
        """
        self.evolve_schema(table)
        retry_commit(lambda: self._create_branch(table, branch_name(run_id), base))
        # Not MERGE: Spark 4.1 cannot plan it on Iceberg tables.
        branch = f"{full_name(table)}.branch_{branch_name(run_id)}"
        self.spark.sql(f"DELETE FROM {branch} AS target WHERE {condition}")  # noqa: S608

    def publish(self, table: Table, run_id: str) -> None:
        """Fast-forward main to the branch of the run, and remove the branch.

        Raises Overtaken where main has moved since the branch was created.
        """
        name = branch_name(run_id)

        def fast_forward() -> None:
            self._iceberg(table).manageSnapshots().fastForwardBranch("main", name).removeBranch(name).commit()

        try:
            retry_commit(fast_forward)
        except Exception as error:
            raise _overtaken(table) if "not an ancestor" in str(error) else error from error

    def drop_branch(self, table: Table, run_id: str) -> None:
        """Remove the branch of the run where it and the table exist. Snapshots in the history of main stay."""
        if self.exists(table) and run_id in self.runs_with_branch(table):
            retry_commit(lambda: self._iceberg(table).manageSnapshots().removeBranch(branch_name(run_id)).commit())

    def _create_branch(self, table: Table, name: str, base: int | None) -> None:
        """Create the branch at `base` where it does not exist; an empty branch where the table has no snapshot."""
        iceberg = self._iceberg(table)
        if not iceberg.refs().containsKey(name):
            iceberg.manageSnapshots().createBranch(name, *([] if base is None else [base])).commit()

    def _evolution(self, table: Table) -> dict[str, str]:
        return evolution_sql(table, dict(self.spark.table(full_name(table)).dtypes), may_evolve=self.may_evolve)


def _overtaken(table: Table) -> Overtaken:
    return Overtaken(
        f"another run published {table.name} first; what this run has not published is dropped: run it again"
    )
