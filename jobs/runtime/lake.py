"""Iceberg: read, stage on a branch, publish by fast-forward.

Readers of main see a table's old snapshot until `publish`. A branch is named after its run.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType

from jobs.runtime.errors import BadLake, Overtaken, WeirError
from schemas.table import RUN_ID, Table

Answer = TypeVar("Answer")

_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.parquet.compression-level": "1",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
    "write.summary.partition-limit": "10000",
}
_NOTE = "weir."
# Iceberg itself tries only commits of data again, not those of branches, and nothing when SQLite is busy.
_PASSING = ("CommitFailedException", "SQLITE_BUSY", "database is locked", "AlreadyExistsException")
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)


@dataclass(frozen=True)
class Staged:
    """A commit on a branch: its snapshot, and the rows that it added."""

    snapshot: int
    rows: int


@dataclass(frozen=True)
class Lake:
    """The tables of one lake, through one session."""

    spark: SparkSession

    def ensure(self, table: Table) -> None:
        """Make the table, empty, or add the columns that it lacks. Other differences of its schema are refused."""
        namespace = table.name.partition(".")[0]
        if not self.spark.catalog.tableExists(_full(table)):
            columns = ", ".join(f"`{column.name}` {column.data_type.simpleString()} COMMENT {_text(column.comment)}" for column in table.columns)
            layout = f" PARTITIONED BY ({table.partition})" if table.partition else ""
            properties = ", ".join(f"'{key}'='{value}'" for key, value in _PROPERTIES.items())
            _persist(lambda: self.spark.sql(f"CREATE NAMESPACE IF NOT EXISTS lake.{namespace}"))
            create = f"CREATE TABLE IF NOT EXISTS {_full(table)} ({columns}) USING iceberg{layout} COMMENT {_text(table.grain)} TBLPROPERTIES ({properties})"
            _persist(lambda: self.spark.sql(create))
        there = dict(self.spark.table(_full(table)).dtypes)
        wanted = {column.name: column.data_type.simpleString() for column in table.columns}
        wrong = [name for name in there if wanted.get(name) != there[name]]
        if wrong:
            raise BadLake(f"{table.name} in the lake has {', '.join(f'{name} {there[name]}' for name in wrong)}, which this version of Weir does not; use the version that wrote it")
        for name in wanted.keys() - there.keys():
            _persist(lambda name=name: self.spark.sql(f"ALTER TABLE {_full(table)} ADD COLUMNS (`{name}` {wanted[name]})"))  # type: ignore[misc]

    def main(self, table: Table) -> int | None:
        """The snapshot that readers see; None while nothing was published, or the table is not there."""
        if not self.spark.catalog.tableExists(_full(table)):
            return None
        current = self._iceberg(table).currentSnapshot()
        return None if current is None else int(current.snapshotId())

    def frame(self, table: Table, snapshot: int | None) -> DataFrame:
        """The table at a snapshot; empty at None."""
        if snapshot is None:
            return local_frame(self.spark, table, [])
        return self.spark.read.option("versionAsOf", snapshot).table(_full(table))

    def staged(self, table: Table, run_id: str) -> DataFrame:
        """The table as the branch of the run has it. By its snapshot it would read as empty while main is empty."""
        return self.spark.table(f"{_full(table)}.branch_{self.branch(run_id)}")

    def slice(self, table: Table, run_id: str) -> DataFrame:
        """Of a table of delivered rows, those that the run staged."""
        return self.staged(table, run_id).filter(F.col(RUN_ID.name) == run_id)

    def notes(self, table: Table, snapshot: int | None) -> dict[str, str]:
        """What the run that committed the snapshot wrote beside it."""
        if snapshot is None:
            return {}
        summary = dict(self._iceberg(table).snapshot(snapshot).summary())
        return {key.removeprefix(_NOTE): value for key, value in summary.items() if key.startswith(_NOTE)}

    def published_runs(self, table: Table) -> set[str]:
        """The runs whose commits main holds."""
        runs: set[str] = set()
        if self.main(table) is None:
            return runs
        iceberg = self._iceberg(table)
        snapshot = iceberg.currentSnapshot()
        while snapshot is not None:
            runs.add(str(dict(snapshot.summary()).get(f"{_NOTE}run_id")))
            parent = snapshot.parentId()
            snapshot = None if parent is None else iceberg.snapshot(parent)
        return runs

    def branch(self, run_id: str) -> str:
        return f"run_{run_id}"

    def has_branch(self, table: Table, run_id: str) -> bool:
        return self.branch(run_id) in dict(self._iceberg(table).refs())

    def append(self, table: Table, frame: DataFrame) -> None:
        """Add rows to main at once: for the ledger, whose rows say of themselves whether they count."""
        _persist(lambda: _exact(table, frame).writeTo(_full(table)).append())

    def stage(self, table: Table, frame: DataFrame, run_id: str, *, replaces: bool, notes: Mapping[str, str]) -> Staged:
        """Commit `frame` on the branch of the run: added to what main holds, or in the place of all of it."""
        frame = _exact(table, frame)
        name = self.branch(run_id)
        _persist(lambda: self.spark.sql(f"ALTER TABLE {_full(table)} CREATE BRANCH IF NOT EXISTS {name}"))
        writer = frame.writeTo(f"{_full(table)}.branch_{name}")
        for key, value in {"run_id": run_id, **notes}.items():
            writer = writer.option(f"snapshot-property.{_NOTE}{key}", value)
        if replaces:
            writer.overwrite(F.lit(True))
        else:
            writer.append()
        snapshot = self._iceberg(table).snapshot(name)
        return Staged(int(snapshot.snapshotId()), int(dict(snapshot.summary()).get("added-records", 0)))

    def publish(self, table: Table, run_id: str) -> None:
        """Let readers see the branch. Raises Overtaken when main has moved since the branch was made."""
        move = f"CALL lake.system.fast_forward('{table.name}', 'main', '{self.branch(run_id)}')"
        try:
            _persist(lambda: self.spark.sql(move).collect())
        except Exception as error:
            if "not an ancestor" in str(error):
                raise Overtaken(f"another run published {table.name} while this one worked; nothing of this run is kept: run it again") from error
            raise

    def drop(self, table: Table, run_id: str) -> None:
        """Remove the branch of the run; what main reaches stays."""
        _persist(lambda: self.spark.sql(f"ALTER TABLE {_full(table)} DROP BRANCH IF EXISTS {self.branch(run_id)}"))

    def metadata_file(self, table: Table) -> str:
        return str(self._iceberg(table).operations().current().metadataFileLocation())

    def _iceberg(self, table: Table) -> Any:
        """Iceberg's own view of the table, read afresh: no Spark job is needed to look at its metadata."""
        return self.spark._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(self.spark._jsparkSession, _full(table))


def _full(table: Table) -> str:
    return f"lake.{table.name}"


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _exact(table: Table, frame: DataFrame) -> DataFrame:
    """The frame, when it has just the columns of the table: Iceberg would round a decimal without a word."""
    there = dict(frame.dtypes)
    wanted = {column.name: column.data_type.simpleString() for column in table.columns}
    if frame.columns != table.names or there != wanted:
        missing, unexpected = sorted(wanted.keys() - there.keys()), sorted(there.keys() - wanted.keys())
        mistyped = {name: f"{there[name]} instead of {wanted[name]}" for name in wanted if name in there and there[name] != wanted[name]}
        raise WeirError(f"{table.name} was built with other columns than it declares: missing {missing}, unexpected {unexpected}, mistyped {mistyped}, order {frame.columns}")
    return frame


def _persist(action: Callable[[], Answer]) -> Answer:
    """Try again what a commit of somebody else made fail."""
    for pause in _PAUSES:
        try:
            return action()
        except Exception as error:
            if not any(word in str(error) for word in _PASSING):
                raise
            time.sleep(pause)
    return action()


def newest(frame: DataFrame, column: str) -> datetime | None:
    """The greatest instant in the column; of a whole table Iceberg reads it from the bounds of its files."""
    # As text: Spark would hand out an instant in the zone of this machine.
    text = frame.agg(F.max(column).cast("string")).collect()[0][0]
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def local_frame(spark: SparkSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Rows of the driver as a frame of the table; parsed from JSON, since that needs no Python worker."""
    text = json.dumps(rows, default=lambda moment: moment.isoformat())
    parsed = F.from_json(F.lit(text), ArrayType(table.struct))
    return spark.range(1).select(F.inline(parsed))


def local_row(spark: SparkSession, values: Mapping[str, Any]) -> DataFrame:
    """One row of literals, for queries that ask what the run was told or counted."""
    return spark.range(1).select(*((F.array(*map(F.lit, value)).cast("array<string>") if isinstance(value, list) else F.lit(value)).alias(name) for name, value in values.items()))
