"""What a stream sends to other systems after each batch: a block list in DynamoDB or a file, metrics in CloudWatch."""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from jobs.runtime.notify.channels import notify
from jobs.runtime.storage import object_store
from jobs.runtime.streaming.stream_rows import instant
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident
from transforms.detection.rules import RuleSet

_NAMESPACE = "Weir/Stream"
# A sink that failed is tried again after so many seconds.
_RETRY_S = 60.0


@dataclass(frozen=True)
class BatchReport:
    """A batch: the lines read by result, the incidents that are new, and all blocks that are certain at `until`."""

    counts: Mapping[str, int]
    incidents: Sequence[Incident]
    blocks: Sequence[Block]
    until: int = 0


class Sink(Protocol):
    """A system outside the lake that receives the result of each batch, after a crash maybe twice."""

    def send(self, report: BatchReport) -> None: ...


@dataclass
class DynamoBlockList:
    """The block list in a DynamoDB table with the string key `key`, such as `user_id#7`, and TTL on `expires_at`.

    Only blocks in mode enforce are put. They are removed when their key is unbanned, and where the `mode` of the rules
    is observe. An item is replaced if the last breach of the new block is later: writers may repeat and overtake each
    other. `sent` are the blocks that are there, or have been removed.
    """

    client: Any
    table: str
    mode: str = "enforce"
    run_id: str = ""
    sent: set[Block] = field(default_factory=set)

    def send(self, report: BatchReport) -> None:
        self.sent.intersection_update(report.blocks)
        for block in (one for one in report.blocks if one not in self.sent):
            is_ended = block.is_lifted or self.mode == "observe"
            if not is_ended and block.mode == "observe":
                continue  # mass_block_guard has tripped
            write = self._remove if is_ended else self._put
            with suppress(self.client.exceptions.ConditionalCheckFailedException):  # a later breach is there
                write(block)
            self.sent.add(block)

    def _remove(self, block: Block) -> None:
        self.client.delete_item(
            TableName=self.table,
            Key={"key": {"S": _name(block)}},
            ConditionExpression="last_seen <= :last_seen",
            ExpressionAttributeValues={":last_seen": {"N": str(block.last_seen)}},
        )

    def _put(self, block: Block) -> None:
        item = {
            "key": {"S": _name(block)},
            "rule": {"S": block.rule},
            "action": {"S": block.action},
            "first_seen": {"S": instant(block.first_seen).isoformat()},
            "last_seen": {"N": str(block.last_seen)},
            "expires_at": {"N": str(block.expires_at)},
            "offences": {"N": str(block.offences)},
            "run_id": {"S": self.run_id},
        }
        self.client.put_item(
            TableName=self.table,
            Item=item,
            ConditionExpression="attribute_not_exists(last_seen) OR last_seen < :last_seen",
            ExpressionAttributeValues={":last_seen": item["last_seen"]},
        )


@dataclass
class BlockFile:
    """The blocks in force as a file of JSON lines, for a gateway that reads files. It is replaced when they change."""

    location: str
    written: str | None = None

    def send(self, report: BatchReport) -> None:
        enforced = [one for one in report.blocks if one.mode == "enforce" and not one.is_lifted]
        lines = [
            json.dumps(
                {
                    "key_kind": block.key.kind,
                    "key": block.key.value,
                    "action": block.action,
                    "rule": block.rule,
                    "expires_at": f"{instant(block.expires_at).isoformat()}Z",
                }
            )
            for block in enforced
            if block.expires_at > report.until
        ]
        text = "".join(f"{line}\n" for line in sorted(lines))
        if text != self.written:
            object_store.write_text(self.location, text)
            self.written = text


@dataclass(frozen=True)
class CloudWatchMetrics:
    """Lines by result, and new incidents by rule: a metric for each result and each rule, and no other dimensions."""

    client: Any
    stream: str
    rules: Sequence[str]

    def send(self, report: BatchReport) -> None:
        of_rule = Counter(one.rule for one in report.incidents)
        lines = [("Lines", "Result", name, report.counts.get(name, 0)) for name in ("kept", "rejected", "late")]
        incidents = [("Incidents", "Rule", name, of_rule[name]) for name in self.rules]
        data = [
            {
                "MetricName": metric,
                "Dimensions": [{"Name": "Stream", "Value": self.stream}, {"Name": dimension, "Value": value}],
                "Value": float(number),
                "Unit": "Count",
            }
            for metric, dimension, value, number in (*lines, *incidents)
        ]
        self.client.put_metric_data(Namespace=_NAMESPACE, MetricData=data)


@dataclass
class Sinks:
    """All sinks of a stream. An error is printed and never stops the stream; its sink is tried again after a minute."""

    sinks: Sequence[Sink]
    failed_at: dict[int, float] = field(default_factory=dict)

    @staticmethod
    def of(values: Mapping[str, Any], rules: RuleSet, run_id: str) -> "Sinks":
        """The sinks that the options ask for."""
        sinks = list[Sink]()
        if values["block_table"]:
            sinks.append(DynamoBlockList(_client("dynamodb"), values["block_table"], rules.mode, run_id))
        if values["block_file"]:
            sinks.append(BlockFile(values["block_file"]))
        if values["metrics"]:
            sinks.append(CloudWatchMetrics(_client("cloudwatch"), values["metrics"], [rule.id for rule in rules.rules]))
        return Sinks(sinks)

    def send(self, report: BatchReport) -> None:
        for place, sink in enumerate(self.sinks):
            if time.monotonic() - self.failed_at.get(place, -_RETRY_S) < _RETRY_S:
                continue
            try:
                sink.send(report)
            except Exception as error:  # of the service or of the network
                self.failed_at[place] = time.monotonic()
                notify(type(sink).__name__, f"not sent: {error}; tried again in a minute")


def _name(block: Block) -> str:
    return f"{block.key.kind}#{block.key.value}"


def _client(service: str) -> Any:
    config = object_store.require_module("botocore.config").Config(
        connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 4}
    )
    return object_store.require_module("boto3").client(service, config=config)
