"""The formats of a change feed, and its files in the input of a job."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.conftest import InProcess
from tests.feeds import dms
from tests.feeds.changes import ADDED, KEY, CarriedCells, Change, Row
from tests.feeds.debezium import Debezium


@dataclass(frozen=True)
class Feed:
    """The format of change files: events of Debezium, or files that functions write, by the suffix of a file.

    `types` are the Spark types of all columns, `partial` those whose NULL in an update means that they did not change.
    With `sorts_by_file`, a change has no position but that in the files.
    """

    types: Mapping[str, str]
    debezium: Debezium | None = None
    writers: Mapping[str, dms.Writer] = field(default_factory=dict)
    partial: Sequence[str] = ()
    sorts_by_file: bool = False

    @property
    def suffixes(self) -> Sequence[str]:
        return list(self.writers) or ["json"]

    @property
    def has_history(self) -> bool:
        """History needs complete rows."""
        return not self.partial

    @property
    def table_options(self) -> list[str]:
        """Options of the first run. Parquet and Debezium's schema have types of their own."""
        kinds = {name: "string" if kind == "binary" else kind for name, kind in self.types.items() if name != ADDED}
        types = ["--types", ",".join(f"{name}={kind}" for name, kind in kinds.items())]
        is_typed = self.suffixes == ["parquet"] or (self.debezium is not None and self.debezium.has_schema)
        kept = ["--history", "all"] if self.has_history else ["--ignore_null_updates", ",".join(self.partial)]
        return ["--keys", KEY, *([] if is_typed else types), *kept, *(["--multi_line"] * ("csv" in self.suffixes))]

    @property
    def later_log(self) -> list[str]:
        """Options for changes of a later log, whose places are lower. Changes of DMS are ordered by time first."""
        return ["--epoch", "1"] if self.debezium else []

    def load_ts(self, loaded: Sequence[Change]) -> list[str]:
        """The time of a full load. The rows of a snapshot of Debezium have it."""
        return [] if self.debezium else ["--load_ts", loaded[0].committed_at.isoformat()]

    def as_delivered(self, row: Row) -> dict[str, Any]:
        """The row as a table has it: bytes of Debezium are text in base64, those of CSV and JSON in hexadecimal."""
        encode = self.debezium.encoded if self.debezium else bytes if self.suffixes == ["parquet"] else bytes.hex
        return {name: encode(value) if isinstance(value, bytes) else value for name, value in row.items()}


@dataclass
class Delivery:
    """The files of a feed in the input of a job, and what they carried."""

    daily: InProcess
    feed: Feed
    random: Random
    folder: Path
    carried: CarriedCells = field(default_factory=CarriedCells)
    newest: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    loads: int = 0

    def load(self, rows: Sequence[Change]) -> Path:
        """A file of all rows: a full load of DMS, or a snapshot of Debezium."""
        self.carried.load([row.values for row in rows])
        self.loads += 1
        if self.feed.suffixes == ["json"]:
            return self._write(rows)
        path = self.folder / f"LOAD{self.loads:08}.{self.feed.suffixes[0]}"
        dms.write_load(path, [row.values for row in rows], self.feed.types)
        return path

    def files(self, changes: Sequence[Change]) -> list[Path]:
        """The changes in files of several each, in any order where each change has its position."""
        self.carried.apply(changes)
        in_order = changes if self.feed.sorts_by_file else self.random.sample(changes, len(changes))
        return [self._write(part) for part in self._parts(in_order)]

    def put(self, paths: Iterable[Path]) -> None:
        for path in paths:
            shutil.copy(path, self.daily.input / path.name)

    def again(self, paths: Iterable[Path]) -> list[Path]:
        """The files under other names. Without a position of their own, changes would be others."""
        return [] if self.feed.sorts_by_file else [_copy(path) for path in paths]

    def _parts(self, changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
        """The changes of a file have the same columns, except in JSON."""
        columns = dict.fromkeys(one.columns for one in changes)
        is_json = self.feed.suffixes == ["json"]
        groups = [changes] if is_json else [[one for one in changes if one.columns == names] for names in columns]
        for group in groups:
            begin = 0
            while begin < len(group):
                end = begin + self.random.randint(20, 120)
                yield group[begin:end]
                begin = end

    def _write(self, changes: Sequence[Change]) -> Path:
        """A file with the time of its first change in its name, as those of DMS; the names are in order."""
        self.newest = max(self.newest + timedelta(milliseconds=1), min(change.committed_at for change in changes))
        suffix = self.random.choice(self.feed.suffixes)
        path = self.folder / f"{self.newest:%Y%m%d-%H%M%S}{self.newest.microsecond // 1000:03}.{suffix}"
        if self.feed.debezium:
            path.write_text("\n".join([*self.feed.debezium.lines(changes), ""]), encoding="utf-8")
        else:
            self.feed.writers[suffix](path, changes, self.feed.types)
        if suffix == "json" and self.random.random() < 0.3:
            _join_objects(path)
        return path


def _join_objects(path: Path) -> None:
    """Leave out the line breaks between objects, as Amazon Data Firehose does."""
    path.write_text(path.read_text(encoding="utf-8").replace("}\n{", "}{"), encoding="utf-8")


def _copy(path: Path) -> Path:
    return Path(shutil.copy(path, path.with_name(f"{path.stem}x{path.suffix}")))
