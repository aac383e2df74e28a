"""Read a Kinesis data stream into files of JSON lines: each record is in one file, also after a crash."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobs.runtime.errors import BadInput
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count

# Kinesis allows five reads of a shard in a second.
_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
_CHECKPOINT = ".shards.json"
_FILE = re.compile(r"([\w.-]+)_(\d+)_(\d+)\.json\Z")
_THROTTLED = ("ProvisionedThroughputExceededException", "LimitExceededException", "ThrottlingException")


def poll_kinesis(stream: str, output: str, latest: bool, idle_s: int | None) -> str:
    """Read the records of a stream into files until it is stopped, or nothing has come for `idle_s` seconds.

    Raises BadInput if the stream cannot be read.
    """
    client = object_store.require_module("boto3").client("kinesis")
    with object_store.wrap_errors(f"kinesis:{stream}", BadInput):
        poller = Poller(client, stream, output, "LATEST" if latest else "TRIM_HORIZON", _positions(output))
        came_at = time.monotonic()
        while idle_s is None or time.monotonic() - came_at < idle_s:
            if poller.poll():
                came_at = time.monotonic()
            time.sleep(_PAUSE_S)
    return f"{count(poller.records, 'record')} of {count(len(poller.shards), 'shard')} in {output}"


@dataclass
class Shard:
    """A shard: the sequence number of the last record that is in a file, and whether it has no more records."""

    parents: tuple[str, ...]
    last: str | None = None
    is_ended: bool = False
    iterator: str | None = None
    pause_s: float = 0.0
    waits_until: float = 0.0


@dataclass
class Poller:
    """Reads all shards of a stream in turn; one that comes from a split or merge when its parents have been read.

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
        """Read each shard once. Returns the number of records that came."""
        if not self.are_listed:
            self._list_shards()
        before = self.records
        for name, shard in self.shards.items():
            are_parents_read = all(self.shards[one].is_ended for one in shard.parents if one in self.shards)
            if not shard.is_ended and are_parents_read and time.monotonic() >= shard.waits_until:
                self._read(name, shard)
        return self.records - before

    def _list_shards(self) -> None:
        """Add the new shards. Those that are there at the start begin at `start`, others with their first record."""
        is_first, token, listed = not self.shards, None, list[Mapping[str, Any]]()
        while True:
            page = self.client.list_shards(**({"NextToken": token} if token else {"StreamName": self.stream}))
            listed += page["Shards"]
            if not (token := page.get("NextToken")):
                break
        for one in listed:
            name = one["ShardId"]
            if name in self.shards:
                continue
            parents = tuple(one[key] for key in ("ParentShardId", "AdjacentParentShardId") if one.get(key))
            known = self.positions.get(name, {})
            self.shards[name] = Shard(parents, known.get("last"), known.get("is_ended", False))
            if not is_first:
                self.positions.setdefault(name, {"last": None, "is_ended": False})
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
            return
        shard.pause_s, shard.iterator = 0.0, answer.get("NextShardIterator")
        shard.is_ended = shard.iterator is None
        self.are_listed = self.are_listed and not shard.is_ended
        if answer["Records"]:
            self._write(name, shard, answer["Records"])
        if answer["Records"] or shard.is_ended:
            self.positions[name] = {"last": shard.last, "is_ended": shard.is_ended}
            object_store.write_text(f"{self.output}/{_CHECKPOINT}", json.dumps(self.positions))

    def _iterator(self, name: str, shard: Shard) -> str:
        if shard.last is not None:
            kind: dict[str, str] = {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": shard.last,
            }
        else:
            kind = {"ShardIteratorType": "TRIM_HORIZON" if name in self.positions else self.start}
        answer = self.client.get_shard_iterator(StreamName=self.stream, ShardId=name, **kind)
        return str(answer["ShardIterator"])

    def _write(self, name: str, shard: Shard, records: Sequence[Mapping[str, Any]]) -> None:
        """Write the records to a file whose name has the first and last sequence number."""
        first, shard.last = records[0]["SequenceNumber"], records[-1]["SequenceNumber"]
        # Other characters that Python splits lines at, such as U+2028, may be in a value.
        texts = [record["Data"].decode(errors="replace") for record in records]
        lines = [line for text in texts for line in re.split(r"\r?\n", text) if line]
        text = "".join(f"{line}\n" for line in lines)
        object_store.write_text(f"{self.output}/{name}_{first}_{shard.last}.json", text)
        self.records += len(records)


def _positions(output: str) -> dict[str, dict[str, Any]]:
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
