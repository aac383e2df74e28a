"""Kinesis to files and back: replay into a stream, poll it, with a split, a restart and a crash between two writes.

The stand-in is kinesalite, which splits shards as Kinesis does. WEIR_KINESALITE names the folder that npm installed it
to, WEIR_RECORDS how many records are sent.
"""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from jobs.realtime import poll_kinesis, replay_events
from jobs.realtime import watch as realtime_watch
from jobs.runtime.run import main
from jobs.runtime.storage import object_store
from jobs.runtime.streaming.poll_kinesis import Poller
from tests.aws.stand_in import REGION, THROTTLED, free_port, shut_now_and_then
from tests.conftest import InProcess
from tests.processes import start

# A line separator within a value does not end the line.
RECORD = '{"user_id": 1, "brand": "a\u2028b"}\n'
SERVER = """
const kinesalite = require(process.argv[1] + '/node_modules/kinesalite')
kinesalite({createStreamMs: 5, updateStreamMs: 5, shardLimit: 20}).listen(Number(process.argv[2]), '127.0.0.1')
"""


@pytest.fixture
def kinesis(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    folder = os.environ.get("WEIR_KINESALITE")
    if not folder:
        pytest.skip("WEIR_KINESALITE does not name a folder with kinesalite")
    port = free_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "anybody",
        "AWS_SECRET_ACCESS_KEY": "anything",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    with subprocess.Popen(["node", "-e", SERVER, folder, str(port)]) as server:
        client = boto3.client("kinesis")
        for _ in range(50):
            try:
                client.create_stream(StreamName="events", ShardCount=4)
                break
            except Exception:
                time.sleep(0.2)
        client.get_waiter("stream_exists").wait(StreamName="events", WaiterConfig={"Delay": 1})
        yield client
        server.kill()


def shopper(number: int) -> dict[str, Any]:
    """A view or a cart of a visitor of their own. All come within a minute, so none is late."""
    return {
        "event_time": f"2019-10-01 12:00:{number % 60:02} UTC",
        "event_type": ("view", "cart")[number % 2],
        "product_id": 1,
        "price": "1.00",
        "user_id": number,
        "category_id": number % 97,
    }


def send(folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path = folder / f"in_{rows[0]['user_id']}.json"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert main(replay_events.JOB, ["--input", str(path), "--output", "kinesis:events", "--rate", "1e9"]) == 0


def split(kinesis: Any) -> None:
    """Split the first shard in two."""
    [shard, *_] = kinesis.list_shards(StreamName="events")["Shards"]
    keys = shard["HashKeyRange"]
    middle = (int(keys["StartingHashKey"]) + int(keys["EndingHashKey"])) // 2
    kinesis.split_shard(StreamName="events", ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle))
    kinesis.get_waiter("stream_exists").wait(StreamName="events", WaiterConfig={"Delay": 1})


def poll(output: Path) -> int:
    return main(poll_kinesis.JOB, ["--stream", "events", "--output", str(output), "--idle_s", "2"])


def arrived(output: Path) -> Counter[int]:
    lines = (line for path in output.glob("shardId-*.json") for line in path.read_text().splitlines())
    return Counter(json.loads(line)["user_id"] for line in lines)


@pytest.mark.nightly
def test_each_record_arrives_once_across_a_split_a_restart_and_a_crash(
    kinesis: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = int(os.environ.get("WEIR_RECORDS", "8000")) // 4
    parts = [[shopper(number) for number in range(part * each, (part + 1) * each)] for part in range(4)]
    output = tmp_path / "events"
    send(tmp_path, parts[0])
    assert poll(output) == 0
    send(tmp_path, parts[1])
    split(kinesis)
    send(tmp_path, parts[2])
    write_text = object_store.write_text

    def fails(location: str, text: str) -> None:
        if location.endswith(".shards.json"):
            raise OSError("the machine is gone")
        write_text(location, text)

    with monkeypatch.context() as patched:
        patched.setattr(object_store, "write_text", fails)
        assert poll(output) == 2
    assert poll(output) == 0
    send(tmp_path, parts[3])
    assert poll(output) == 0
    assert arrived(output) == Counter(range(4 * each))


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_records_reach_the_tables_once_through_a_stream_that_throttles_and_a_watch_that_is_killed(
    kinesis: Any, daily: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each, folder = int(os.environ.get("WEIR_RECORDS", "8000")) // 4, tmp_path / "polled"
    folder.mkdir()
    watching = ("--input", str(folder), "--clock", "2019-10-02T00:00:00Z")
    with shut_now_and_then(kinesis.meta.endpoint_url, every=3, refusal=THROTTLED) as (url, throttled):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with start("realtime.watch", "--lake", str(daily.path), *watching, "--publish_s", "5") as watch:
            for part in range(4):
                if part == 2:
                    split(kinesis)
                    os.killpg(watch.pid, signal.SIGKILL)
                send(tmp_path, [shopper(number) for number in range(part * each, (part + 1) * each)])
                assert poll(folder) == 0
    assert daily.run(*watching, "--available_now", job=realtime_watch.JOB) == 0, daily.output
    assert len(throttled) > each // 500
    rates = daily.table("realtime.event_rates").filter("category_id IS NOT NULL").collect()
    found = Counter({(row.event_type, row.category_id): 0 for row in rates})
    for row in rates:
        found[row.event_type, row.category_id] += row.events
    sent = [shopper(number) for number in range(4 * each)]
    assert found == Counter((one["event_type"], one["category_id"]) for one in sent)
    assert daily.table("realtime.rejected_stream_events").collect() == []


def test_a_throttled_shard_is_read_again_later(tmp_path: Path) -> None:
    class Client:
        """A shard with one record, whose reads are refused twice and whose iterator expires once."""

        def __init__(self) -> None:
            self.errors = ["ProvisionedThroughputExceededException", "ExpiredIteratorException"] * 2

        def list_shards(self, **_: Any) -> Any:
            return {"Shards": [{"ShardId": "shardId-0"}]}

        def get_shard_iterator(self, **_: Any) -> Any:
            return {"ShardIterator": "i"}

        def get_records(self, **_: Any) -> Any:
            if self.errors:
                raise ClientError({"Error": {"Code": self.errors.pop()}}, "GetRecords")
            return {"Records": [{"SequenceNumber": "7", "Data": RECORD.encode()}]}

    poller = Poller(Client(), "events", str(tmp_path), "TRIM_HORIZON", {})
    deadline = time.monotonic() + 20
    while not poller.poll() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (tmp_path / "shardId-0_7_7.json").read_text() == RECORD
    assert poller.shards["shardId-0"].is_ended


def test_a_shard_without_records_holds_up_no_other_where_a_proxy_adds_a_date(tmp_path: Path) -> None:
    arrived_at, answered_at = datetime(2026, 1, 1, 12, tzinfo=UTC), "Thu, 01 Jan 2026 12:00:30 GMT"

    class Client:
        def list_shards(self, **_: Any) -> Any:
            return {"Shards": [{"ShardId": "shardId-0"}, {"ShardId": "shardId-1"}]}

        def get_shard_iterator(self, **asked: Any) -> Any:
            return {"ShardIterator": asked["ShardId"]}

        def get_records(self, **asked: Any) -> Any:
            shard = asked["ShardIterator"]
            record = {"SequenceNumber": "7", "Data": RECORD.encode(), "ApproximateArrivalTimestamp": arrived_at}
            return {
                "Records": [record] if shard == "shardId-0" else [],
                "NextShardIterator": shard,
                "MillisBehindLatest": 0,
                "ResponseMetadata": {"HTTPHeaders": {"date": f"{answered_at}, {answered_at}"}},
            }

    Poller(Client(), "events", str(tmp_path), "TRIM_HORIZON", {}).poll()
    assert (tmp_path / "shardId-0_7_7.json").read_text() == RECORD
