"""What a stream publishes at a time, staged like the tables of any other job."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from pyspark.sql import DataFrame

from jobs.runtime.day_set import partition_days
from jobs.runtime.export_layout import ExportLayout
from jobs.runtime.iceberg.lake_reader import rows_of_run
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.job import Kind, StreamJob
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.quality.baseline_views import views
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.spark.arrow_conversion import to_arrow
from jobs.runtime.spark.small_frames import local_frame
from jobs.runtime.streaming.output_rows import Rows
from jobs.runtime.streaming.rates import arrow_frame
from jobs.runtime.wording import count
from schemas.table import RECEIVED_ON, RUN_ID, SOURCE_FILE, Table

if TYPE_CHECKING:
    import pyarrow as pa

# The snapshot property with the stream and batch that a commit publishes, looked for in so many newest commits.
LABEL = "stream"
_NEWEST = 100
# Spark plans a literal of so many rows faster than it reads a file.
_MOST_IN_LITERAL = 20_000


@dataclass(frozen=True)
class PublicationBatch:
    """The rows of a stream since the last publication. A run takes it in the place of a job.

    `new` are rows to append to a table, which has them if a commit has the `label`; many rows are in Arrow, and staged
    by way of a file in `folder`. `changed` are rows that a table should have by now: all of an actor, which is the key
    without its time, from the first of them on. `undoable` are keys of rows that these tables have, and lose where they
    are not in `changed`. `board` is the board to report on, if it is time to.
    """

    stream: StreamJob
    label: str
    folder: str
    new: "Mapping[Table, Rows | pa.Table]"
    changed: Mapping[Table, Rows]
    undoable: Rows
    counts: dict[str, int]
    problems: Counter[str]
    board: str
    kind: ClassVar = Kind.BATCHES
    cdc_source: ClassVar = None
    files: ClassVar = ""
    exports: ClassVar = ExportLayout()

    @property
    def name(self) -> str:
        return self.stream.writes.name

    @property
    def writes(self) -> Table:
        return self.stream.writes

    @property
    def rejects(self) -> Table:
        return self.stream.rejects

    @property
    def tables(self) -> list[Table]:
        return self.stream.tables

    @property
    def jobs(self) -> "tuple[PublicationBatch, ...]":
        return (self,)

    @property
    def reads(self) -> Sequence[Table]:
        return ()

    inputs = reads

    def stage(self, lake: Lake, ledger: Ledger, entries: Mapping[str, Entry]) -> "StagedBatch | str":
        """Stage the rows that the tables do not have yet, or return why there is nothing to stage."""
        staged, where = dict[Table, Staged](), dict[Table, str]()
        for table, rows in self.new.items():
            base = entries[table.name].base
            if len(rows) and self.label not in _labels(lake, table, base):
                frame = self._frame(lake, table, rows, ledger)
                properties = {LABEL: self.label}
                staged[table] = lake.stage(table, frame, ledger.run_id, base=base, replaces=None, properties=properties)
                where[table] = rows_of_run(ledger.run_id) if RUN_ID.name in table.names else _since(table, rows)
        for table, rows in self.changed.items():
            base = entries[table.name].base
            delivered = [_delivered(row, table, ledger) for row in rows]
            days, replaced = _changed_days(lake, table, base, delivered, self.undoable)
            if days:
                condition, frame = partition_days(table, days).on(table), local_frame(lake.spark, table, replaced)
                staged[table] = lake.stage(
                    table, frame, ledger.run_id, base=base, replaces=condition, properties={LABEL: self.label}
                )
                where[table] = f"{table.time} >= TIMESTAMP '{min(days)} 00:00:00'"
        paths = sorted({row[SOURCE_FILE.name] for row in self.new[self.rejects]})
        return StagedBatch(staged, where, self.counts, self.problems, paths=paths) if staged else "nothing new"

    def _frame(self, lake: Lake, table: Table, rows: "Rows | pa.Table", ledger: Ledger) -> DataFrame:
        if isinstance(rows, list):
            return local_frame(lake.spark, table, [_delivered(row, table, ledger) for row in rows])
        if len(rows) <= _MOST_IN_LITERAL:
            return local_frame(lake.spark, table, rows.to_pylist())
        return arrow_frame(lake.spark, table, rows, f"{self.folder}/{table.stem}.parquet")


@dataclass(frozen=True)
class StagedBatch:
    """The staged tables of a publication, and the conditions for the rows to check."""

    staged: Mapping[Table, Staged]
    where: Mapping[Table, str]
    counts: dict[str, int]
    problems: Counter[str]
    warnings: Sequence[str] = ()
    # The files of rejected rows, which are staged again where maintenance has moved main of their table.
    paths: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        return ", ".join(f"{table.stem} {count(staged.rows, 'row')}" for table, staged in self.staged.items())

    def slices(self, lake: Lake, ledger: Ledger, entry: Entry) -> Sequence[Slice]:
        entry.staged = self.staged.get(entry.table)
        of_suite = views(lake, ledger, entry, self.counts, ())
        return [Slice(table, staged, self.where[table], of_suite) for table, staged in self.staged.items()]

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:  # noqa: ARG002
        """None: a stream that stopped for invalid lines would no longer watch anybody."""
        return None

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:  # noqa: ARG002
        """None: Spark's checkpoint has the files."""
        return []


def published_labels(lake: Lake, tables: Sequence[Table]) -> set[str]:
    """The labels of the newest commits to main of the tables."""
    return set().union(*(_labels(lake, table, lake.main(table)) for table in tables))


def _labels(lake: Lake, table: Table, snapshot: int | None) -> set[str]:
    newest = islice(lake.snapshot_properties(table, snapshot, LABEL), _NEWEST)
    return {label for _, label in newest if label}


def _delivered(row: dict[str, Any], table: Table, ledger: Ledger) -> dict[str, Any]:
    of_run = {RUN_ID.name: ledger.run_id, RECEIVED_ON.name: ledger.clock.date()}
    return {**row, **{name: value for name, value in of_run.items() if name in table.names}}


def _since(table: Table, rows: "Rows | pa.Table") -> str:
    """The condition for the rows from the first of these on."""
    import pyarrow.compute as pc

    times = [row[table.time] for row in rows] if isinstance(rows, list) else [pc.min(rows[table.time]).as_py()]
    first: datetime = min(times)
    return f"{table.time} >= TIMESTAMP '{first}'"


def _changed_days(lake: Lake, table: Table, base: int | None, rows: Rows, undoable: Rows) -> tuple[set[date], Rows]:
    """The days in which one of `rows` is new or has changed, and all rows of these days, published ones included.

    `rows` are all that an actor has from the first of them, or of the `undoable` ones, on: other rows of theirs are no
    longer true.
    """
    if not rows and not undoable:
        return set(), []
    first = dict[tuple[Any, ...], datetime]()
    for row in (*rows, *undoable):
        first[_actor(table, row)] = min(row[table.time], first.get(_actor(table, row), row[table.time]))
    days = {row[table.time].date() for row in (*rows, *undoable)}
    # Events out of order may have moved a row to the day before.
    is_touched = partition_days(table, days | {day + timedelta(days=1) for day in days}).on(table)
    published = {_key(table, row): row for row in to_arrow(lake.frame(table, base).filter(is_touched)).to_pylist()}
    kept = {
        key: row
        for key, row in published.items()
        if _actor(table, row) not in first or row[table.time] < first[_actor(table, row)]
    }
    # A row that is as it was published keeps its run.
    merged = {**kept, **{_key(table, row): _unless_same(published.get(_key(table, row)), row) for row in rows}}
    keys = published.keys() | merged.keys()
    differing = [key for key in keys if published.get(key) != merged.get(key)]
    changed = {(published | merged)[key][table.time].date() for key in differing}
    return changed, [row for row in merged.values() if row[table.time].date() in changed]


def _unless_same(published: dict[str, Any] | None, row: dict[str, Any]) -> dict[str, Any]:
    is_same = published is not None and {**published, RUN_ID.name: ""} == {**row, RUN_ID.name: ""}
    return published if published and is_same else row


def _actor(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The key of a row without its time."""
    return tuple(row[name] for name in table.key if name != table.time)


def _key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in table.key)
