"""The block list in DynamoDB and metrics in CloudWatch, against a stand-in; and sinks that are down."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jobs.runtime.streaming import external_sinks
from jobs.runtime.streaming.external_sinks import BatchReport, CloudWatchMetrics, DynamoBlockList, Sinks
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


def test_a_key_that_the_table_refuses_is_told_once_and_keeps_no_other(
    table: DynamoBlockList, capsys: pytest.CaptureFixture[str]
) -> None:
    poison = replace(BLOCK, rule="session_no_view", key=Key("user_session", "a\n" * 1_050))
    all_sinks = Sinks([table])
    for number in range(3):
        others = [replace(BLOCK, key=Key("user_id", str(one))) for one in range(number + 1)]
        all_sinks.send(BatchReport({}, [], [replace(poison, last_seen=200 + number), *others]))
        assert len(items(table)) == number + 1
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("DynamoBlockList: 1 key cannot be put, the first user_session a\\na\\n")
    assert "hashkey has exceeded" in line
    assert len(line) < 400


def test_the_item_of_a_key_has_the_strictest_action_and_the_latest_expiry(table: DynamoBlockList) -> None:
    key = Key("user_id", "7")
    long = replace(BLOCK, last_seen=200, expires_at=14_600, offences=3)
    flood = replace(BLOCK, rule="cart_flood", last_seen=300, expires_at=3_900)
    softer = replace(BLOCK, rule="checks", action="challenge", last_seen=400, expires_at=20_000)

    def item() -> tuple[str, int, int]:
        found = table.client.get_item(TableName="blocks", Key={"key": {"S": f"user_id#{key.value}"}})["Item"]
        return found["action"]["S"], int(found["expires_at"]["N"]), int(found["last_seen"]["N"])

    def send(until: int, *blocks: Block, writer: DynamoBlockList = table) -> tuple[str, int, int]:
        writer.send(BatchReport({}, [], blocks, until))
        return item()

    assert send(310, flood) == ("block", 3_900, 300)
    assert send(320, flood, long) == ("block", 14_600, 300)  # raised late, with an earlier breach
    assert send(410, flood, long, softer) == ("block", 20_000, 400)
    # A batch that is repeated, or a writer that is behind, changes nothing for long.
    for until, blocks in ((310, [flood]), (320, [flood, long]), (410, [flood, long, softer])):
        assert send(until, *blocks, writer=DynamoBlockList(table.client, "blocks")) == ("block", 20_000, 400)
    assert send(15_000, flood, long, softer) == ("challenge", 20_000, 400)  # the blocks have expired
    renewed = replace(flood, last_seen=15_100, expires_at=18_700)
    assert send(15_110, renewed, softer) == ("block", 20_000, 15_100)
    lifted = [replace(one, is_lifted=True) for one in (renewed, softer)]
    table.send(BatchReport({}, [], lifted, 15_200))
    assert items(table) == []


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

    monkeypatch.setattr(external_sinks.time, "monotonic", lambda: clock[0])
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
