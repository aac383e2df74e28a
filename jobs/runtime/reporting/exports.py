"""Export tables as files in a folder, and keep them up to date with main."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import DayRanges, spanned
from jobs.runtime.errors import BadInput
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.spark.local_frames import View, as_arrow
from jobs.runtime.storage import object_store
from schemas.table import Table

# What is written of the files beside them, when all are there: readers of folders pass over such names.
_MARK = "_exported.json"
# The folders of days, and what the rows in hand have their day under.
_DAY, _OF_ROW = "day", "_day"
# So many rows are in memory at a time, or those of one day.
_TOGETHER = 200_000
# What a spreadsheet would take for a formula.
_FORMULA = re.compile(r"[\s\x00\u200b\ufeff]*[=+\-@＝＋－＠]")  # noqa: RUF001


@dataclass(frozen=True)
class Export:
    """The files of a table: `<folder>/<table>/<stem>.csv`, or one a day of the column by which the table is laid out, in `day=2019-10-01`.

    `columns` are those that they have, each under its name there; all, where none is named. Each file is replaced at once, and only where its
    day changed since the last time. What else lies in the folder stays.
    """

    lake: Lake
    table: Table
    folder: str
    kind: str
    columns: Mapping[str, str]

    def bring_up_to_date(self) -> str:
        """Returns what was done. Raises BadLake where the folder cannot be written."""
        main, known, there = self.lake.main(self.table), self._known(), self._there()
        if main is None:
            return "nothing is published yet"
        asked = {"kind": self.kind, "columns": self.columns or self.table.names}
        is_alike = {name: known.get(name) for name in asked} == asked
        before = known["files"] if is_alike else {}
        whole = {path for path, size in before.items() if there.get(path) == size}
        if is_alike and known["snapshot"] == main and whole == before.keys() == there.keys():
            return "as they were"
        days = self._days(known["snapshot"], main, before.keys() - whole) if is_alike else None
        written = {path: size for some in self._some(main, days) for path, size in self._write(some)}
        kept = written | {
            path: before[path]
            for path in whole
            if days is not None and (day := _day_of(path)) and not DayRanges.of((day, day)).meets(days)
        }
        for path in there.keys() - kept.keys():
            object_store.remove(f"{self._place}/{path}")
        object_store.write_bytes(
            f"{self._place}/{_MARK}", json.dumps({**asked, "snapshot": main, "files": kept}).encode()
        )
        return f"{len(written):,} files written, {len(there.keys() - kept.keys()):,} removed"

    def _days(self, since: int, main: int, lost: Iterable[str]) -> DayRanges | None:
        """Of which days files are written: those that changed, and those whose files are not what they were; None is all days."""
        changed = self.lake.changed(self.table, since, main)
        return (
            None
            if changed is None or not self._day
            else spanned(changed) | DayRanges.of(*((day, day) for day in map(_day_of, lost) if day))
        )

    @property
    def _place(self) -> str:
        return f"{self.folder}/{self.table.name}"

    @property
    def _day(self) -> str:
        return self.table.partition_column

    @cached_property
    def _order(self) -> Sequence[str]:
        """Of ranks that of the ranks."""
        return [name for name in ("rank", *self.table.key) if name in self.table.names]

    def _known(self) -> dict[str, Any]:
        """Of which snapshot the files are, and which they are, each with its size; nothing where that is not to be read."""
        path = f"{self._place}/{_MARK}"
        with suppress(ValueError, BadInput):
            found = json.loads(object_store.read_text(path)) if object_store.exists(path) else {}
            return (
                found
                if isinstance(found, dict) and "snapshot" in found and isinstance(found.get("files"), dict)
                else {}
            )
        return {}

    def _there(self) -> dict[str, int]:
        """The files of an export of this table that are there, each with its size."""
        found = {
            path.removeprefix(f"{self._place}/"): size for path, size in object_store.files_in(self._place).items()
        }
        return {
            path: size
            for path, size in found.items()
            if re.fullmatch(rf"({_DAY}=\S+/)?{self.table.stem}\.(csv|parquet)", path)
        }

    def _some(self, main: int, days: DayRanges | None) -> Iterator[DataFrame]:
        """The rows to write, with their day, whole days and not too many at a time. A row without a day may be a new one."""
        frame = self.lake.frame(self.table, main)
        if not self._day:
            yield frame.withColumn(_OF_ROW, F.lit(None).cast("date"))
            return
        zone = "UTC" if self.table.is_by_instant else None
        asked = frame if days is None else frame.filter(f"{days.held(self._day, zone)} OR {self._day} IS NULL")
        of_days = asked.withColumn(_OF_ROW, F.to_date(self._day))
        counted = of_days.groupBy(_OF_ROW).agg(F.count("*").alias("rows")).orderBy(_OF_ROW).collect()
        yield from (of_days.filter(_among(some)) for some in _together([(row[0], row.rows) for row in counted]))

    def _write(self, some: DataFrame) -> Iterator[tuple[str, int]]:
        """The path and the size of each file that is written."""
        rows = as_arrow(View(some.orderBy(_OF_ROW, *self._order)))
        of_day = rows[_OF_ROW]
        chosen = self.columns or {name: name for name in self.table.names}
        shown = rows.select(list(chosen)).rename_columns(list(chosen.values()))
        for day in pc.unique(of_day).to_pylist() if self._day else [None]:
            folder = f"{_DAY}={day or '__HIVE_DEFAULT_PARTITION__'}/" if self._day else ""
            path = f"{folder}{self.table.stem}.{self.kind}"
            that = shown.filter(pc.is_null(of_day) if day is None else pc.equal(of_day, day)) if self._day else shown
            content = _as_csv(that) if self.kind == "csv" else _as_parquet(that)
            object_store.write_bytes(f"{self._place}/{path}", content)
            yield path, len(content)


def exported(lake: Lake, tables: Mapping[Table, Mapping[str, str]], folder: str, kind: str) -> list[str]:
    """Bring the files of tables up to date, each with the columns that its files have; what was done, table by table."""
    return [
        f"{table.name}: {Export(lake, table, folder, kind, columns).bring_up_to_date()}"
        for table, columns in tables.items()
    ]


def _day_of(path: str) -> date | None:
    found = re.match(rf"{_DAY}=(\d{{4}}-\d\d-\d\d)/", path)
    return date.fromisoformat(found[1]) if found else None


def _together(counted: Sequence[tuple[date | None, int]]) -> Iterator[list[date | None]]:
    """Days with their rows, in lists of not too many rows."""
    some, rows = list[date | None](), 0
    for day, more in counted:
        if some and rows + more > _TOGETHER:
            yield some
            some, rows = [], 0
        some.append(day)
        rows += more
    if some:
        yield some


def _among(days: Sequence[date | None]) -> Column:
    """Whether a row is of one of the days, which follow each other; the first may be none."""
    known = [day for day in days if day]
    is_among = F.col(_OF_ROW).between(known[0], known[-1]) if known else F.lit(False)
    return is_among | F.col(_OF_ROW).isNull() if None in days else is_among


def _as_parquet(rows: pa.Table) -> bytes:
    """Instants are in UTC, and say so."""
    fields = [
        field.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(field.type) else field
        for field in rows.schema
    ]
    out = io.BytesIO()
    parquet.write_table(rows.cast(pa.schema(fields)), out, compression="zstd")
    return out.getvalue()


def _as_csv(rows: pa.Table) -> bytes:
    """With a header; NULL is empty, an instant is in UTC, a list is JSON."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)  # of RFC 4180: what has a line break of any kind stands in quotes
    writer.writerow(rows.column_names)
    writer.writerows(zip(*([_cell(value) for value in column.to_pylist()] for column in rows.columns), strict=True))
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    """A value as a spreadsheet may show it: a text stays a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | dict):
        value = json.dumps(value, default=str, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
