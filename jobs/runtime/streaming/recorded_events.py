"""Read recorded events file by file, in order, without Spark: a replay only passes them on."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from jobs.runtime.ingest.detect_formats import detect_formats, format_of
from jobs.runtime.storage.listing import File, open_file

TIME, ID = "event_time", "event_id"
_EMPTY_ID = re.compile(rf'"{ID}"\s*:\s*(null|"\s*")')


@dataclass(frozen=True)
class RecordedEvent:
    """One event: its fields as they were recorded, and the text to send. `at` is its time in seconds since 1970.

    *Nulls:* `at` is None if the record has no readable event_time; a line that is no JSON object has no fields.
    """

    fields: dict[str, Any]
    text: str
    at: float | None

    @staticmethod
    def of(fields: dict[str, Any]) -> "RecordedEvent":
        return RecordedEvent(fields, json.dumps(fields, default=str, ensure_ascii=False), read_time(fields.get(TIME)))

    def text_with_id(self, event_id: str) -> str:
        """The text with this id, if it is an object that has none, or an empty one. Other values stay as they are."""
        known = self.fields.get(ID)
        if not self.fields or (known is not None and str(known).strip()):
            return self.text
        if ID in self.fields:
            return _EMPTY_ID.sub(f'"{ID}": {json.dumps(event_id)}', self.text)
        return f'{self.text[:-1]}, "{ID}": {json.dumps(event_id)}}}'


@dataclass
class EventReader:
    """Reads the events of files in the order of their paths."""

    files: Sequence[File]
    bytes_before: int = 0
    current: BinaryIO | None = None

    @property
    def total_bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def bytes_read(self) -> int:
        return self.bytes_before + (self.current.tell() if self.current else 0)

    def read(self) -> Iterator[RecordedEvent]:
        """Raises BadInput if a file cannot be read."""
        detect_formats(self.files)
        for file in self.files:
            with open_file(file.path) as self.current:
                yield from _events(self.current, file.path)
                self.current = None
            self.bytes_before += file.bytes


def _events(raw: BinaryIO, path: str) -> Iterator[RecordedEvent]:
    stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if path.endswith(".gz") else raw
    if format_of(path) == "parquet":
        yield from _parquet(stream)
        return
    with io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="") as lines:
        if format_of(path) == "json":
            yield from map(_json_line, filter(str.strip, lines))
        else:
            yield from (RecordedEvent.of(_named(row)) for row in csv.DictReader(lines, restkey=""))


def read_time(value: Any) -> float | None:
    """Seconds since 1970 of an instant, UTC if it has no offset; None if the value is not one."""
    if isinstance(value, str):
        text = re.sub(r" ?(UTC|Z)\Z", "+00:00", value.strip())
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def _json_line(line: str) -> RecordedEvent:
    text = line.strip()
    try:
        fields = json.loads(text)
    except ValueError:
        fields = {}
    fields = fields if isinstance(fields, dict) else {}
    return RecordedEvent(fields, text, read_time(fields.get(TIME)))


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """The fields of a CSV row. An empty field has no value, and fields without a name are left out."""
    return {name: value for name, value in row.items() if name and value}


def _parquet(stream: BinaryIO) -> Iterator[RecordedEvent]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(stream).iter_batches():
        for row in batch.to_pylist():
            yield RecordedEvent.of({name: value for name, value in row.items() if value is not None})
