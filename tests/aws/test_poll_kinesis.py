"""Kinesis to files and back: replay into a stream, poll it, with a split, a restart and a crash between two writes.

The stand-in is kinesalite, which splits shards as Kinesis does. WEIR_KINESALITE names the folder that npm installed it
to, WEIR_RECORDS how many records are sent.
"""

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from jobs.realtime import poll_kinesis, replay_events
from jobs.runtime.run import main
from jobs.runtime.storage import object_store
from jobs.runtime.streaming.poll_kinesis import Poller
from tests.aws.stand_in import REGION, free_port

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


def send(folder: Path, first: int, last: int) -> None:
    rows = [{"user_id": number, "category_id": number % 97} for number in range(first, last)]
    path = folder / f"in_{first}.json"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert main(replay_events.JOB, ["--input", str(path), "--output", "kinesis:events", "--rate", "1e9"]) == 0


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
    output = tmp_path / "events"
    send(tmp_path, 0, each)
    assert poll(output) == 0
    [shard, *_] = kinesis.list_shards(StreamName="events")["Shards"]
    send(tmp_path, each, 2 * each)
    keys = shard["HashKeyRange"]
    middle = (int(keys["StartingHashKey"]) + int(keys["EndingHashKey"])) // 2
    kinesis.split_shard(StreamName="events", ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle))
    kinesis.get_waiter("stream_exists").wait(StreamName="events", WaiterConfig={"Delay": 1})
    send(tmp_path, 2 * each, 3 * each)
    write_text = object_store.write_text

    def fails(location: str, text: str) -> None:
        if location.endswith(".shards.json"):
            raise OSError("the machine is gone")
        write_text(location, text)

    with monkeypatch.context() as patched:
        patched.setattr(object_store, "write_text", fails)
        assert poll(output) == 2
    assert poll(output) == 0
    send(tmp_path, 3 * each, 4 * each)
    assert poll(output) == 0
    assert arrived(output) == Counter(range(4 * each))


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
