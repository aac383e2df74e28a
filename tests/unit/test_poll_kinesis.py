"""The poller of a data stream, with a stand-in of its shards: files keep level in time, and no record is lost."""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.errors import BadLake
from jobs.runtime.storage import object_store
from jobs.runtime.streaming import poll_kinesis
from jobs.runtime.streaming.poll_kinesis import Poller, saved_positions
from tests.detection import NOON

pytest.importorskip("botocore", reason="the extra driver is not installed")
LATENESS_S, MOST = 120, 1000
REFUSED = "ProvisionedThroughputExceededException"


@dataclass
class Shards:
    """Shards by the arrival times of their records, in seconds. It is `now`; reads return at most MOST records.

    A read with the rest of a shard in `closed` ends it. Reads of the shards in `refused` are throttled so often.
    """

    arrivals: dict[str, list[float]]
    now: float
    parents: Mapping[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    skips_s: float = float("inf")

    def list_shards(self, **_: Any) -> Any:
        shards = [
            {"ShardId": name, **({"ParentShardId": self.parents[name]} if name in self.parents else {})}
            for name in self.arrivals
        ]
        return {"Shards": shards, **self._headers()}

    def get_shard_iterator(self, *, ShardId: str, ShardIteratorType: str, **how: Any) -> Any:  # noqa: N803
        arrivals = self.arrivals[ShardId]
        place = {
            "TRIM_HORIZON": lambda: 0,
            "LATEST": lambda: len(arrivals),
            "AT_TIMESTAMP": lambda: bisect_left(arrivals, how["Timestamp"].timestamp()),
            "AFTER_SEQUENCE_NUMBER": lambda: int(how["StartingSequenceNumber"]) + 1,
        }[ShardIteratorType]()
        return {"ShardIterator": f"{ShardId} {place} 0"}

    def get_records(self, *, ShardIterator: str) -> Any:  # noqa: N803
        name, place, since = ShardIterator.split()
        if self.refused[name]:
            self.refused[name] -= 1
            errors = object_store.require_module("botocore.exceptions")
            raise errors.ClientError({"Error": {"Code": REFUSED}}, "GetRecords")
        first, arrivals = int(place), self.arrivals[name]
        # A read covers a part of the time of a shard, which may have no record.
        until = max(float(since), NOON) + self.skips_s
        last = min(first + MOST, bisect_left(arrivals, until))
        is_ended = name in self.closed and last == len(arrivals)
        return {
            "Records": [self._record(name, number) for number in range(first, last)],
            "NextShardIterator": None if is_ended else f"{name} {last} {until}",
            "MillisBehindLatest": round(max(0, self.now - until) * 1000) if last == first else 0,
            **self._headers(),
        }

    def _record(self, name: str, number: int) -> dict[str, Any]:
        arrival = self.arrivals[name][number]
        line = json.dumps({"shard": name, "number": number, "time": arrival})
        at = datetime.fromtimestamp(arrival, UTC)
        return {"SequenceNumber": str(number), "Data": line.encode(), "ApproximateArrivalTimestamp": at}

    def _headers(self) -> dict[str, Any]:
        date = datetime.fromtimestamp(self.now, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}


def poller(shards: Shards, output: Path, start: str = "TRIM_HORIZON") -> Poller:
    return Poller(shards, "events", str(output), start, saved_positions(str(output)))


def poll_all(one: Poller) -> None:
    for _ in range(2000):
        if not one.poll() and all(shard.is_ended or shard.reached > 0 for shard in one.shards.values()):
            return
    pytest.fail("the poller does not come to an end")


def files(output: Path) -> list[list[dict[str, Any]]]:
    """The events of each file, in the order in which a stream reads the files."""
    paths = sorted(output.glob("s-*.json"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [[json.loads(line) for line in path.read_text().splitlines()] for path in paths]


def arrived(output: Path) -> Counter[tuple[str, int]]:
    return Counter((event["shard"], event["number"]) for of_file in files(output) for event in of_file)


def sent(shards: Shards) -> Counter[tuple[str, int]]:
    return Counter((name, number) for name, times in shards.arrivals.items() for number in range(len(times)))


def late(batches: Sequence[Sequence[Mapping[str, Any]]]) -> int:
    """The number of events that a watch rejects as late if each file is a batch."""
    watermark, number = 0.0, 0
    for events in batches:
        number += sum(event["time"] < watermark for event in events)
        watermark = max(watermark, *(event["time"] - LATENESS_S for event in events))
    return number


def steady(per_second: float, seconds: float, since: float = 0) -> list[float]:
    return [NOON + since + number / per_second for number in range(int(per_second * seconds))]


def test_no_event_of_a_backlog_of_a_busy_shard_and_a_quiet_one_is_late(tmp_path: Path) -> None:
    shards = Shards({"s-0": steady(10, 3600), "s-1": steady(0.2, 3600)}, NOON + 3600)
    poll_all(poller(shards, tmp_path))
    assert arrived(tmp_path) == sent(shards)
    assert late(files(tmp_path)) == 0


def test_a_shard_that_is_empty_for_long_or_throttled_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll_kinesis, "_PAUSE_S", 0.001)
    monkeypatch.setattr(poll_kinesis, "_LONGEST_PAUSE_S", 0.002)
    quiet = [NOON + 1.0, NOON + 2500, NOON + 2501]
    shards = Shards(
        {"s-0": steady(10, 3600), "s-1": quiet, "s-2": [], "s-3": steady(1, 3600)},
        NOON + 3600,
        refused=Counter({"s-1": 4, "s-3": 9}),
        skips_s=300,
    )
    poll_all(poller(shards, tmp_path))
    assert arrived(tmp_path) == sent(shards)
    assert late(files(tmp_path)) == 0


def test_a_shard_that_is_refused_for_minutes_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(poll_kinesis.time, "monotonic", lambda: clock[0])
    shards = Shards({"s-0": steady(10, 60), "s-1": steady(1, 60)}, NOON + 60, refused=Counter({"s-1": 10**6}))
    one = poller(shards, tmp_path)
    for _ in range(60):
        assert one.poll()
        clock[0] += 1
    assert files(tmp_path) == []
    clock[0] += 300
    for _ in range(20):
        one.poll()
    assert arrived(tmp_path) == Counter(("s-0", number) for number in range(600))


def test_the_shards_of_a_split_are_waited_for(tmp_path: Path) -> None:
    shards = Shards(
        {
            "s-0": steady(10, 1000),
            "s-1": steady(10, 2000, since=1000),
            "s-2": steady(1, 2000, since=1000),
            "s-3": steady(10, 3000),
            "s-4": [],
        },
        NOON + 3000,
        parents={"s-1": "s-0", "s-2": "s-0"},
        closed={"s-0", "s-4"},
    )
    poll_all(poller(shards, tmp_path))
    assert arrived(tmp_path) == sent(shards)
    assert late(files(tmp_path)) == 0


@pytest.mark.parametrize("writes", range(0, 60, 7))
def test_each_record_is_in_one_file_when_the_poller_ends_after_any_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    shards = Shards({"s-0": steady(10, 300), "s-1": steady(0.2, 300), "s-2": []}, NOON + 300, closed={"s-1"})
    write_text, left = object_store.write_text, [writes]

    def fails(location: str, text: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise BadLake("the machine is gone")
        write_text(location, text)

    first = poller(shards, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(object_store, "write_text", fails)
        with pytest.raises(BadLake):
            poll_all(first)
    poll_all(poller(shards, tmp_path))
    assert arrived(tmp_path) == sent(shards)
    assert late(files(tmp_path)) == 0


def test_a_record_that_comes_between_two_starts_with_the_latest_is_read(tmp_path: Path) -> None:
    shards = Shards({"s-0": steady(1, 60), "s-1": steady(1, 60)}, NOON + 60.5)
    first = poller(shards, tmp_path, "LATEST")
    first.poll()
    assert files(tmp_path) == []
    shards.now += 600
    shards.arrivals["s-0"].append(NOON + 300.0)
    shards.arrivals["s-2"], shards.parents = [NOON + 400.0], {"s-2": "s-1"}
    shards.closed = {"s-1"}
    poll_all(poller(shards, tmp_path, "LATEST"))
    assert arrived(tmp_path) == Counter([("s-0", 60), ("s-2", 0)])
