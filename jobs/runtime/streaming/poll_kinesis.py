"""Read a Kinesis data stream into files of JSON lines: each record is in one file, also after a crash."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import takewhile
from typing import Any

from jobs.runtime.errors import BadInput
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count

# Kinesis allows five reads of a shard in a second.
_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
# No file is ahead of a shard by more than so much: a small part of the lateness of a watch, 120 s. A bucket gives files
# the time in whole seconds, and in a second of polls shards advance by four times as much.
_LEAD_S = 10.0
# A shard whose reads have been refused for so long is no longer waited for.
_LONGEST_WAIT_S = 300.0
_CHECKPOINT = ".shards.json"
_FILE = re.compile(r"([\w.-]+)_(\d+)_(\d+)\.json\Z")
_THROTTLED = ("ProvisionedThroughputExceededException", "LimitExceededException", "ThrottlingException")


def poll_kinesis(stream: str, output: str, latest: bool, idle_s: int | None) -> str:
    """Read the records of a stream into files until it is stopped, or nothing has come for `idle_s` seconds.

    Raises BadInput if the stream cannot be read.
    """
    with object_store.wrap_errors(f"kinesis:{stream}", BadInput):
        client = object_store.require_module("boto3").client("kinesis")
        poller = Poller(client, stream, output, "LATEST" if latest else "TRIM_HORIZON", saved_positions(output))
        came_at = time.monotonic()
        while idle_s is None or time.monotonic() - came_at < idle_s:
            if poller.poll():
                came_at = time.monotonic()
            time.sleep(_PAUSE_S)
    return f"{count(poller.records, 'record')} of {count(len(poller.shards), 'shard')} in {output}"


@dataclass
class Shard:
    """A shard: the sequence number of the last record that is in a file, and the records that wait to be written.

    `reached` is up to when its records have been read, by their arrival, in seconds since 1970. `has_more` tells
    whether more records may come, `refused_since` since when its reads have been throttled.
    """

    parents: tuple[str, ...]
    last: str | None = None
    has_more: bool = True
    iterator: str | None = None
    waiting: list[Mapping[str, Any]] = field(default_factory=list)
    reached: float = float("-inf")
    pause_s: float = 0.0
    waits_until: float = 0.0
    refused_since: float | None = None

    @property
    def is_ended(self) -> bool:
        return not self.has_more and not self.waiting

    @property
    def position(self) -> float:
        """Later records than those in files arrived then or afterwards, in seconds since 1970."""
        return _arrival(self.waiting[0]) if self.waiting else self.reached

    @property
    def is_given_up(self) -> bool:
        """Whether others no longer wait for this shard."""
        return self.refused_since is not None and time.monotonic() - self.refused_since >= _LONGEST_WAIT_S


@dataclass
class Poller:
    """Reads all shards of a stream; one that comes from a split or merge when its parents have been read.

    Shards keep level: a record is written when no shard is more than _LEAD_S behind its arrival, and waits until then.
    Whoever reads the files in order can therefore take the newest event for the time.

    Shards are listed at the start, and when one has ended: those that follow it are there by then.
    """

    client: Any
    stream: str
    output: str
    start: str
    positions: dict[str, dict[str, Any]]
    shards: dict[str, Shard] = field(default_factory=dict)
    records: int = 0
    are_listed: bool = False

    def poll(self) -> int:
        """Read each shard once, unless its records wait. Returns the number of records that were written or wait."""
        if not self.are_listed:
            self._list_shards()
        before, opened = self.records, {name: one for name, one in self.shards.items() if self._is_open(one)}
        for name, shard in opened.items():
            if shard.has_more and not shard.waiting and time.monotonic() >= shard.waits_until:
                self._read(name, shard)
        until = _LEAD_S + min((one.position for one in opened.values() if not one.is_given_up), default=float("inf"))
        for name, shard in opened.items():
            self._write(name, shard, until)
        moved = {name: one for name, one in opened.items() if one.last is not None or one.is_ended}
        self._save({name: {"last": one.last, "is_ended": one.is_ended} for name, one in moved.items()})
        return self.records - before + sum(len(one.waiting) for one in opened.values())

    def _is_open(self, shard: Shard) -> bool:
        return not shard.is_ended and all(self.shards[one].is_ended for one in shard.parents if one in self.shards)

    def _list_shards(self) -> None:
        """Add the new shards. Those of the first start begin at `start`, all others with their first record."""
        token, listed, answered_at = None, list[Mapping[str, Any]](), 0.0
        while True:
            page = self.client.list_shards(**({"NextToken": token} if token else {"StreamName": self.stream}))
            listed += page["Shards"]
            answered_at = answered_at or _answered_at(page)
            if not (token := page.get("NextToken")):
                break
        if not self.positions:  # written before the first read: the next start has to begin here too
            since = {"since": answered_at} if self.start == "LATEST" else {}
            self._save({one["ShardId"]: {"last": None, "is_ended": False, **since} for one in listed})
        for one in (one for one in listed if one["ShardId"] not in self.shards):
            parents = tuple(one[key] for key in ("ParentShardId", "AdjacentParentShardId") if one.get(key))
            known = self.positions.get(one["ShardId"], {})
            self.shards[one["ShardId"]] = Shard(parents, known.get("last"), not known.get("is_ended", False))
        self.are_listed = True

    def _read(self, name: str, shard: Shard) -> None:
        errors = object_store.require_module("botocore.exceptions")
        try:
            shard.iterator = shard.iterator or self._iterator(name, shard)
            answer = self.client.get_records(ShardIterator=shard.iterator)
        except errors.ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ExpiredIteratorException":
                shard.iterator = None
                return
            if code not in _THROTTLED:
                raise
            shard.pause_s = min(max(shard.pause_s * 2, _PAUSE_S), _LONGEST_PAUSE_S)
            shard.waits_until = time.monotonic() + shard.pause_s
            shard.refused_since = shard.refused_since or time.monotonic()
            return
        shard.pause_s, shard.refused_since, shard.iterator = 0.0, None, answer.get("NextShardIterator")
        shard.has_more, shard.waiting = shard.iterator is not None, list(answer["Records"])
        self.are_listed = self.are_listed and shard.has_more
        if shard.waiting:
            shard.reached = _arrival(shard.waiting[-1])
        elif shard.has_more:  # those that follow a shard that has ended may be as far behind as it was
            shard.reached = _answered_at(answer) - answer.get("MillisBehindLatest", 0) / 1000

    def _iterator(self, name: str, shard: Shard) -> str:
        kind: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard.last is not None:
            kind = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": shard.last}
        elif since := self.positions.get(name, {}).get("since"):
            kind = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": datetime.fromtimestamp(since, UTC)}
        answer = self.client.get_shard_iterator(StreamName=self.stream, ShardId=name, **kind)
        return str(answer["ShardIterator"])

    def _write(self, name: str, shard: Shard, until: float) -> None:
        """Write the records that arrived by then to a file whose name has the first and last sequence number."""
        records = list(takewhile(lambda record: _arrival(record) <= until, shard.waiting))
        if not records:
            return
        first, last = records[0]["SequenceNumber"], records[-1]["SequenceNumber"]
        # Other characters that Python splits lines at, such as U+2028, may be in a value.
        texts = [record["Data"].decode(errors="replace") for record in records]
        lines = [line for text in texts for line in re.split(r"\r?\n", text) if line]
        text = "".join(f"{line}\n" for line in lines)
        object_store.write_text(f"{self.output}/{name}_{first}_{last}.json", text)
        shard.last = last
        del shard.waiting[: len(records)]
        self.records += len(records)

    def _save(self, positions: Mapping[str, dict[str, Any]]) -> None:
        """Add positions to the checkpoint."""
        known, self.positions = self.positions, {**self.positions, **positions}
        if self.positions != known:
            object_store.write_text(f"{self.output}/{_CHECKPOINT}", json.dumps(self.positions))


def _arrival(record: Mapping[str, Any]) -> float:
    """When a record arrived, in seconds since 1970; 0 if Kinesis does not tell."""
    at: datetime | None = record.get("ApproximateArrivalTimestamp")
    return at.timestamp() if at else 0.0


def _answered_at(answer: Mapping[str, Any]) -> float:
    """When Kinesis answered, in seconds since 1970: by its clock, since that of the machine may be wrong."""
    dates = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if not dates:
        return time.time()
    date, *_ = dates.partition(" GMT")  # a proxy may add another one
    return parsedate_to_datetime(date).replace(tzinfo=UTC).timestamp()


def saved_positions(output: str) -> dict[str, dict[str, Any]]:
    """The position in each shard: that of the checkpoint or, after a crash between the two, of the newest file."""
    location = f"{output}/{_CHECKPOINT}"
    positions: dict[str, dict[str, Any]] = (
        json.loads(object_store.read_text(location)) if object_store.exists(location) else {}
    )
    for found in filter(None, (_FILE.search(path.rpartition("/")[2]) for path in object_store.list_sizes(output))):
        known = positions.setdefault(found[1], {"last": None, "is_ended": False})
        if known["last"] is None or int(known["last"]) < int(found[3]):
            known["last"] = found[3]
    return positions
