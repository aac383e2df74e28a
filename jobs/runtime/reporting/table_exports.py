"""Export tables as files in a folder, and keep them up to date with main."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_set import DayRanges, from_partitions
from jobs.runtime.errors import BadInput
from jobs.runtime.export_layout import ExportLayout
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.reporting.export_formats import FORMATS
from jobs.runtime.spark.arrow_conversion import to_arrow
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count
from schemas.table import Table

# State file of an export, written after its files. Spark and DuckDB ignore names that start with an underscore.
STATE_FILE = "_exported.json"
# The temporary column that holds the day of a row.
_DAY_COLUMN = "_day"
# Rows held in memory at a time; a larger single day is held whole.
_BATCH_ROWS = 200_000


@dataclass(frozen=True)
class Export:
    """The export of a table: `<folder>/<table>/<stem>.csv`, or one file per day in folders `day=2019-10-01`.

    Tables with a partition column are exported by its days. `layout` has other names. Files are replaced
    atomically, and only if their day changed since the last export. Other files in the folder are left unchanged.
    """

    lake: Lake
    table: Table
    folder: str
    kind: str
    layout: ExportLayout

    def refresh(self) -> str:
        """Update the files to the main branch. Returns a summary. Raises BadLake if the folder cannot be written."""
        main, state, existing = self.lake.main(self.table), self._read_state(), self._list_files()
        if main is None:
            return "nothing is published yet"
        requested = {"kind": self.kind, "columns": self.layout.columns or self.table.names}
        is_same_format = {name: state.get(name) for name in requested} == requested
        previous = state["files"] if is_same_format else {}
        intact = {path for path, size in previous.items() if existing.get(path) == size}
        if is_same_format and state["snapshot"] == main and intact == previous.keys() == existing.keys():
            return "unchanged"
        days = self._days(state["snapshot"], main, previous.keys() - intact) if is_same_format else None
        written = {path: size for batch in self._batches(main, days) for path, size in self._write(batch)}
        kept = written | {
            path: previous[path]
            for path in intact
            if days is not None and (day := _day_of(path)) and not DayRanges.of((day, day)).overlaps(days)
        }
        for path in existing.keys() - kept.keys():
            object_store.remove(f"{self._path}/{path}")
        object_store.write_bytes(
            f"{self._path}/{STATE_FILE}", json.dumps({**requested, "snapshot": main, "files": kept}).encode()
        )
        return f"{count(len(written), 'file')} written, {len(existing.keys() - kept.keys()):,} removed"

    def _days(self, since: int, main: int, missing: Iterable[str]) -> DayRanges | None:
        """The days to write: those that changed, and those whose files are missing or altered. None means all days."""
        changed = self.lake.changed_partitions(self.table, since, main)
        return (
            None
            if changed is None or not self._day
            else from_partitions(changed) | DayRanges.of(*((day, day) for day in map(_day_of, missing) if day))
        )

    @property
    def _path(self) -> str:
        return f"{self.folder}/{self.layout.folder or self.table.name}"

    @property
    def _day(self) -> str:
        return self.table.partition_column

    @cached_property
    def _order(self) -> Sequence[str]:
        """Sort columns of the files: the rank if the table has one, then the key."""
        return [name for name in ("rank", *self.table.key) if name in self.table.names]

    def _read_state(self) -> dict[str, Any]:
        """The snapshot and the files, with sizes, of the last export; empty if the state file is missing or invalid."""
        path = f"{self._path}/{STATE_FILE}"
        with suppress(ValueError, BadInput):
            state = json.loads(object_store.read_text(path)) if object_store.exists(path) else {}
            is_valid = isinstance(state, dict) and "snapshot" in state and isinstance(state.get("files"), dict)
            return state if is_valid else {}
        return {}

    def _list_files(self) -> dict[str, int]:
        """The existing files of exports of this table, with their sizes."""
        sizes = {
            path.removeprefix(f"{self._path}/"): size for path, size in object_store.list_sizes(self._path).items()
        }
        return {
            path: size
            for path, size in sizes.items()
            if re.fullmatch(rf"({self.layout.day}=\S+/)?{self.table.stem}\.({'|'.join(FORMATS)})", path)
        }

    def _batches(self, main: int, days: DayRanges | None) -> Iterator[DataFrame]:
        """The rows to write with their day, in batches of whole days. Rows without a day are always written."""
        frame = self.lake.frame(self.table, main)
        if not self._day:
            yield frame.withColumn(_DAY_COLUMN, F.lit(None).cast("date"))
            return
        zone = "UTC" if self.table.is_by_instant else None
        selected = (
            frame if days is None else frame.filter(f"{days.sql_condition(self._day, zone)} OR {self._day} IS NULL")
        )
        with_days = selected.withColumn(_DAY_COLUMN, F.to_date(self._day))
        counts = with_days.groupBy(_DAY_COLUMN).agg(F.count("*").alias("rows")).orderBy(_DAY_COLUMN).collect()
        yield from (with_days.filter(_is_in(batch)) for batch in _batch_days([(row[0], row.rows) for row in counts]))

    def _write(self, batch: DataFrame) -> Iterator[tuple[str, int]]:
        """Write the files of a batch and yield their paths and sizes."""
        rows = to_arrow(batch.orderBy(_DAY_COLUMN, *self._order))
        day_of_row = rows[_DAY_COLUMN]
        columns = self.layout.columns or {name: name for name in self.table.names}
        renamed = rows.select(list(columns)).rename_columns(list(columns.values()))
        for day in pc.unique(day_of_row).to_pylist() if self._day else [None]:
            folder = f"{self.layout.day}={day or '__HIVE_DEFAULT_PARTITION__'}/" if self._day else ""
            path = f"{folder}{self.table.stem}.{self.kind}"
            is_of_day = pc.is_null(day_of_row) if day is None else pc.equal(day_of_row, day)
            day_rows = renamed.filter(is_of_day) if self._day else renamed
            content = FORMATS[self.kind](day_rows)
            object_store.write_bytes(f"{self._path}/{path}", content)
            yield path, len(content)


def export_tables(lake: Lake, tables: Mapping[Table, ExportLayout], folder: str, kind: str) -> list[str]:
    """Update the exported files of tables, each in its layout. Returns a summary line per table."""
    return [f"{table.name}: {Export(lake, table, folder, kind, layout).refresh()}" for table, layout in tables.items()]


def _day_of(path: str) -> date | None:
    match = re.match(r"\w+=(\d{4}-\d\d-\d\d)/", path)
    return date.fromisoformat(match[1]) if match else None


def _batch_days(counts: Sequence[tuple[date | None, int]]) -> Iterator[list[date | None]]:
    """Group consecutive days, given with their row counts, into batches of at most _BATCH_ROWS rows where possible."""
    batch, rows = list[date | None](), 0
    for day, day_rows in counts:
        if batch and rows + day_rows > _BATCH_ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(day)
        rows += day_rows
    if batch:
        yield batch


def _is_in(days: Sequence[date | None]) -> Column:
    """Whether a row belongs to a run of consecutive days; None in `days` selects rows without a day."""
    known = [day for day in days if day]
    is_between = F.col(_DAY_COLUMN).between(known[0], known[-1]) if known else F.lit(False)
    return is_between | F.col(_DAY_COLUMN).isNull() if None in days else is_between
