"""Where a replay sends events to: a folder, a Kinesis data stream or a Firehose delivery stream."""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from jobs.runtime.errors import BadInput, BadLake
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count

# Limits of one request and of one record of both services. Firehose allows 4 MiB a request.
MAX_RECORDS, MAX_REQUEST_BYTES, MAX_RECORD_BYTES = 500, 4 << 20, 1_000_000
# What one shard takes in a second.
SHARD_RECORDS, SHARD_BYTES = 1_000, 1 << 20
_MAX_ATTEMPTS, _FIRST_PAUSE_S, _LONGEST_PAUSE_S = 12, 0.1, 5.0
_FILE = re.compile(r"events_\d+_(\d+)\.json\Z")


class Record(NamedTuple):
    """One event to send: its text, and the key that decides on its shard."""

    text: str
    key: str


class Destination(Protocol):
    """Takes events. What `send` was given has arrived when it returns."""

    def sent_before(self) -> int:
        """How many events an earlier replay has sent, as far as the destination knows."""

    def send(self, records: Sequence[Record], first: int) -> None:
        """Send records, of which the first is event number `first` of the replay."""


@dataclass(frozen=True)
class FolderDestination:
    """Files of JSON lines in a folder, local or in a bucket. Their names number the events from first to last."""

    folder: str

    def sent_before(self) -> int:
        names = (_FILE.search(path) for path in object_store.list_sizes(self.folder))
        return max((int(name[1]) for name in names if name), default=0)

    def send(self, records: Sequence[Record], first: int) -> None:
        name = f"events_{first:012}_{first + len(records) - 1:012}.json"
        object_store.write_text(f"{self.folder}/{name}", "".join(f"{record.text}\n" for record in records))


@dataclass
class StreamDestination:
    """A stream that takes batches of records and may refuse some of them, which are sent again."""

    name: str
    put: Callable[[Sequence[Record]], list[bool]]
    retried: int = 0

    def sent_before(self) -> int:
        return 0

    def send(self, records: Sequence[Record], first: int) -> None:
        for batch in batches(records, first):
            self._send(batch)

    def _send(self, batch: Sequence[Record]) -> None:
        """Raises BadInput if records are still refused after the last attempt."""
        for attempt in range(_MAX_ATTEMPTS):
            if attempt:
                self.retried += len(batch)
                pause = min(_FIRST_PAUSE_S * 2**attempt, _LONGEST_PAUSE_S)
                time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
            with object_store.wrap_errors(self.name, BadLake):
                is_refused = self.put(batch)
            batch = [record for record, refused in zip(batch, is_refused, strict=True) if refused]
            if not batch:
                return
        raise BadLake(
            f"{self.name} refused {count(len(batch), 'record')} {_MAX_ATTEMPTS} times; add shards, or lower --rate"
        )


def batches(records: Sequence[Record], first: int) -> list[list[Record]]:
    """Divide records into requests within the limits of the services. Raises BadInput if a record is too large."""
    divided, size = list[list[Record]](), 0
    for number, record in enumerate(records, first):
        length = len(record.text.encode()) + len(record.key.encode())
        if length > MAX_RECORD_BYTES:
            raise BadInput(f"event {number} has {count(length, 'byte')}; a record has at most {MAX_RECORD_BYTES:,}")
        if not divided or len(divided[-1]) == MAX_RECORDS or size + length > MAX_REQUEST_BYTES:
            divided.append([])
            size = 0
        divided[-1].append(record)
        size += length
    return divided


@dataclass
class HotKeys:
    """The keys that send more in a second than one shard takes."""

    second: int = -1
    records: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    warned: set[str] = field(default_factory=set)

    def warnings(self, record: Record, second: int) -> list[str]:
        """Count a record that is due in this second. Returns a warning when its key becomes too hot, once for a key."""
        if second != self.second:
            self.second, self.records, self.sizes = second, Counter(), Counter()
        self.records[record.key] += 1
        self.sizes[record.key] += len(record.text.encode())
        is_hot = self.records[record.key] > SHARD_RECORDS or self.sizes[record.key] > SHARD_BYTES
        if not is_hot or record.key in self.warned:
            return []
        self.warned.add(record.key)
        return [
            f"partition key {record.key} has more than {count(SHARD_RECORDS, 'record')} or 1 MB in a second, "
            "which is all that one shard takes; choose another --partition_key"
        ]


def destination(location: str) -> Destination:
    """The destination that is named: kinesis:<stream>, firehose:<delivery stream>, or a folder.

    Raises BadLake without a region.
    """
    service, _, name = location.partition(":")
    if service not in ("kinesis", "firehose"):
        return FolderDestination(location)
    with object_store.wrap_errors(location, BadLake):
        client = object_store.require_module("boto3").client(service)

    def put_to_kinesis(batch: Sequence[Record]) -> list[bool]:
        rows = [{"Data": record.text.encode(), "PartitionKey": record.key} for record in batch]
        return _refused(client.put_records(StreamName=name, Records=rows)["Records"])

    def put_to_firehose(batch: Sequence[Record]) -> list[bool]:
        rows = [{"Data": f"{record.text}\n".encode()} for record in batch]
        return _refused(client.put_record_batch(DeliveryStreamName=name, Records=rows)["RequestResponses"])

    return StreamDestination(location, put_to_kinesis if service == "kinesis" else put_to_firehose)


def _refused(responses: Sequence[dict[str, Any]]) -> list[bool]:
    return ["ErrorCode" in response for response in responses]
