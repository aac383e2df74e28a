"""The block list in DynamoDB and metrics in CloudWatch, against a stand-in; and sinks that are down."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jobs.runtime.streaming import sinks
from jobs.runtime.streaming.sinks import BatchReport, CloudWatchMetrics, DynamoBlockList, Sinks
from tests.aws.stand_in import StandIn, stand_in
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident
from transforms.detection.rules import Key, RuleSet

BLOCK = Block("user_rate", Key("user_id", "7"), "block", 100, 200, 100, 1.5, 3_800, 1, "enforce")
INCIDENT = Incident("user_rate", Key("user_id", "7"), "block", 100, 200, 100, 200, 90, 3, {"user_rate": 90})


@pytest.fixture(scope="module")
def aws() -> Iterator[StandIn]:
    with stand_in() as there:
        yield there


@pytest.fixture
def table(aws: StandIn) -> Iterator[DynamoBlockList]:
    client = aws.client("dynamodb")
    client.create_table(
        TableName="blocks",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield DynamoBlockList(client, "blocks")
    client.delete_table(TableName="blocks")


def items(table: DynamoBlockList) -> list[tuple[str, str]]:
    return [(item["key"]["S"], item["last_seen"]["N"]) for item in table.client.scan(TableName="blocks")["Items"]]


def test_the_block_list_keeps_the_latest_of_repeated_and_overtaking_writers(table: DynamoBlockList) -> None:
    observed = replace(BLOCK, key=Key("user_id", "8"), mode="observe")
    for blocks in ([BLOCK, observed], [replace(BLOCK, last_seen=300)], [BLOCK], [BLOCK]):
        DynamoBlockList(table.client, "blocks").send(BatchReport({}, [], blocks))
    assert items(table) == [("user_id#7", "300")]
    lifted = replace(BLOCK, is_lifted=True)
    for blocks in ([lifted], [replace(lifted, key=Key("user_id", "9"))]):
        DynamoBlockList(table.client, "blocks").send(BatchReport({}, [], blocks))
    assert items(table) == [("user_id#7", "300")]  # a later breach is there
    DynamoBlockList(table.client, "blocks").send(BatchReport({}, [], [replace(lifted, last_seen=300)]))
    assert items(table) == []


def test_all_blocks_are_removed_when_the_rules_go_back_to_observe(table: DynamoBlockList) -> None:
    others = [replace(BLOCK, key=Key("user_id", "8")), replace(BLOCK, key=Key("ip", "192.0.2.1"))]
    table.send(BatchReport({}, [], [BLOCK, *others]))
    assert len(items(table)) == 3
    observed = [replace(block, mode="observe") for block in (BLOCK, *others)]
    table.send(BatchReport({}, [], observed))  # as after mass_block_guard has tripped
    assert len(items(table)) == 3
    DynamoBlockList(table.client, "blocks", "observe").send(BatchReport({}, [], observed[1:]))
    assert items(table) == [("user_id#7", "200")]


def test_metrics_have_a_result_or_a_rule_as_their_dimension(aws: StandIn) -> None:
    client = aws.client("cloudwatch")
    rules = [rule.id for rule in RuleSet().rules]
    CloudWatchMetrics(client, "shop", rules).send(BatchReport({"kept": 5, "late": 1}, [INCIDENT], []))
    found = {
        (one["MetricName"], dimension["Value"])
        for one in client.list_metrics(Namespace="Weir/Stream")["Metrics"]
        for dimension in one["Dimensions"]
        if dimension["Name"] != "Stream"
    }
    expected = {("Lines", result) for result in ("kept", "rejected", "late")} | {("Incidents", rule) for rule in rules}
    assert found == expected


def test_a_sink_that_is_down_does_not_stop_the_stream(capsys: pytest.CaptureFixture[str]) -> None:
    received = list[BatchReport]()

    class Down:
        def send(self, report: Any) -> None:
            raise OSError("no route")

    class Up:
        def send(self, report: Any) -> None:
            received.append(report)

    sinks = Sinks([Down(), Up()])
    for _ in range(3):
        sinks.send(BatchReport({}, [], []))
    assert len(received) == 3
    assert capsys.readouterr().out.count("Down: not sent: no route") == 1


def test_a_block_list_that_is_down_for_five_minutes_gets_every_block_once(
    table: DynamoBlockList, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, client = [0.0], table.client
    put_item, tried, put = client.put_item, list[float](), list[str]()

    def door(**request: Any) -> Any:
        tried.append(clock[0])
        if clock[0] < 300:
            raise OSError("no route")
        put.append(request["Item"]["key"]["S"])
        return put_item(**request)

    monkeypatch.setattr(sinks.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(client, "put_item", door)
    blocks, all_sinks = list[Block](), Sinks([table])
    for second in range(0, 400, 2):
        clock[0] = float(second)
        blocks += [replace(BLOCK, key=Key("user_id", str(1000 + second)))] if second % 50 == 0 else []
        all_sinks.send(BatchReport({}, [], blocks))
    assert len([at for at in tried if at < 300]) == 5
    assert sorted(put) == sorted(f"user_id#{block.key.value}" for block in blocks)
    assert {f"user_id#{block.key.value}" for block in blocks} <= {key for key, _ in items(table)}
    assert capsys.readouterr().out.count("no route") == 5
