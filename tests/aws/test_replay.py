"""A replay into a Kinesis data stream and into Firehose, against a stand-in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.realtime import replay_events
from jobs.runtime.run import main
from tests.aws.stand_in import BUCKET, StandIn, stand_in


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with stand_in() as there:
        for name, value in {**there.environment(), "AWS_ENDPOINT_URL": there.url}.items():
            monkeypatch.setenv(name, value)
        yield there


def replay(folder: Path, output: str, *options: str) -> int:
    rows = [{"user_id": number, "category_id": number % 7} for number in range(1_234)]
    (folder / "in.json").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return main(replay_events.JOB, ["--input", str(folder / "in.json"), "--output", output, "--rate", "1e9", *options])


def shard_records(kinesis: Any, shard: str) -> list[dict[str, Any]]:
    place = kinesis.get_shard_iterator(StreamName="events", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records: list[dict[str, Any]] = kinesis.get_records(ShardIterator=place["ShardIterator"])["Records"]
    return records


def test_events_arrive_in_the_shard_of_their_category(aws: StandIn, tmp_path: Path) -> None:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="events", ShardCount=2)
    assert replay(tmp_path, "kinesis:events", "--checkpoint", str(tmp_path / "checkpoint.json")) == 0
    shards = [shard_records(kinesis, shard["ShardId"]) for shard in kinesis.list_shards(StreamName="events")["Shards"]]
    events = [json.loads(record["Data"]) for shard in shards for record in shard]
    assert sorted(event["user_id"] for event in events) == list(range(1_234))
    categories = [{json.loads(record["Data"])["category_id"] for record in shard} for shard in shards]
    assert categories[0] | categories[1] == set(range(7))
    assert categories[0] & categories[1] == set()
    assert replay(tmp_path, "kinesis:events") == 0
    assert json.loads((tmp_path / "checkpoint.json").read_text())["sent"] == 1_234


def test_events_arrive_in_the_bucket_of_a_delivery_stream(aws: StandIn, tmp_path: Path) -> None:
    target = {"RoleARN": "arn:aws:iam::123456789012:role/any", "BucketARN": f"arn:aws:s3:::{BUCKET}"}
    aws.client("firehose").create_delivery_stream(
        DeliveryStreamName="events", ExtendedS3DestinationConfiguration=target
    )
    assert replay(tmp_path, "firehose:events") == 0
    s3 = aws.client("s3")
    objects = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    lines = [
        line for one in objects for line in s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read().splitlines()
    ]
    assert sorted(json.loads(line)["user_id"] for line in lines) == list(range(1_234))
