"""What a stream sends to other systems after each batch: a block list in DynamoDB or a file, metrics in CloudWatch."""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from jobs.runtime.errors import BadInput
from jobs.runtime.notify.channels import notify
from jobs.runtime.storage import object_store
from jobs.runtime.streaming.output_rows import instant
from jobs.runtime.wording import count, one_line
from schemas.realtime.vocabulary import BLOCK_ACTIONS
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident
from transforms.detection.rules import Key, RuleSet

_NAMESPACE = "Weir/Stream"
# A sink that failed is tried again after so many seconds.
_RETRY_S = 60.0


@dataclass(frozen=True)
class BatchReport:
    """A batch: the lines read by result, the incidents that are new, and all blocks that are certain at `until`.

    `erased` are blocks of forgotten persons, whose items have to be removed. It is emptied when all sinks have it.
    """

    counts: Mapping[str, int]
    incidents: Sequence[Incident]
    blocks: Sequence[Block]
    until: int = 0
    erased: list[Block] = field(default_factory=list)


class Sink(Protocol):
    """A system outside the lake that receives the result of each batch, after a crash maybe twice."""

    def send(self, report: BatchReport) -> None: ...


@dataclass
class DynamoBlockList:
    """The block list in a DynamoDB table with the string key `key`, such as `user_id#7`, and TTL on `expires_at`.

    The item of a key stands for all its blocks in force, with the strictest action and the latest expiry; only those in
    mode enforce count. It is removed when the key is unbanned, and where the `mode` of the rules is observe. It is
    replaced by one of a later breach, or of a later batch if the last breach is the same: writers may repeat and
    overtake each other.

    `sent` are the items that are there, lifted where they have been removed. `refused` are keys that the table does not
    take, such as one of more than 2,048 bytes: they are reported once.
    """

    client: Any
    table: str
    mode: str = "enforce"
    run_id: str = ""
    sent: dict[Key, Block] = field(default_factory=dict)
    refused: set[Key] = field(default_factory=set)

    def send(self, report: BatchReport) -> None:
        of_keys = dict[Key, list[Block]]()
        for block in (*report.blocks, *report.erased):
            of_keys.setdefault(block.key, []).append(block)
        self.sent = {key: item for key, item in self.sent.items() if key in of_keys}
        self.refused &= of_keys.keys()
        items = ((key, self._item(blocks, report.until)) for key, blocks in of_keys.items())
        changed = [item for key, item in items if item and item != self.sent.get(key) and key not in self.refused]
        refused = {item.key: why for item in changed if (why := self._write(item, report.until))}
        self.refused |= refused.keys()
        if refused:
            first, why = next(iter(refused.items()))
            names = f"{count(len(refused), 'key')} cannot be put, the first {first.kind} {one_line(first.value)}"
            notify(type(self).__name__, f"{names}: {why}")

    def _item(self, blocks: Sequence[Block], until: int) -> Block | None:
        """What the item of a key has to be, as a block; lifted where it has to be removed, None to leave it alone.

        An item of expired blocks is left to the TTL, one of blocks before mass_block_guard tripped to its expiry.
        """
        enforced = [one for one in blocks if one.mode == "enforce"]
        in_force = [one for one in enforced if not one.is_lifted and one.expires_at > until]
        if in_force and self.mode == "enforce":
            strictest = min(in_force, key=lambda one: (BLOCK_ACTIONS.index(one.action), -one.expires_at))
            latest = max(one.expires_at for one in in_force)
            return replace(strictest, expires_at=latest, last_seen=max(one.last_seen for one in enforced))
        if self.mode == "observe" or any(one.is_lifted for one in blocks):
            return replace(blocks[0], is_lifted=True, last_seen=max(one.last_seen for one in blocks))
        return None

    def _write(self, item: Block, until: int) -> str:
        """Write an item. Returns why the table refuses this one; raises what else the client raises."""
        try:
            if item.is_lifted:
                self._remove(item)
            else:
                self._put(item, until)
        except self.client.exceptions.ConditionalCheckFailedException:
            pass  # a later breach is there, or the same item
        except self.client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            return str(error.response["Error"]["Message"])
        self.sent[item.key] = item
        return ""

    def _remove(self, block: Block) -> None:
        self.client.delete_item(
            TableName=self.table,
            Key={"key": {"S": _name(block)}},
            ConditionExpression="last_seen <= :last_seen",
            ExpressionAttributeValues={":last_seen": {"N": str(block.last_seen)}},
        )

    def _put(self, block: Block, until: int) -> None:
        item = {
            "key": {"S": _name(block)},
            "rule": {"S": block.rule},
            "action": {"S": block.action},
            "first_seen": {"S": instant(block.first_seen).isoformat()},
            "last_seen": {"N": str(block.last_seen)},
            "expires_at": {"N": str(block.expires_at)},
            "offences": {"N": str(block.offences)},
            "run_id": {"S": self.run_id},
            "as_of": {"N": str(until)},
        }
        differs = "(expires_at <> :expires_at OR #action <> :action)"
        self.client.put_item(
            TableName=self.table,
            Item=item,
            ConditionExpression="attribute_not_exists(last_seen) OR last_seen < :last_seen"
            f" OR (last_seen = :last_seen AND as_of <= :as_of AND {differs})",
            ExpressionAttributeNames={"#action": "action"},
            ExpressionAttributeValues={
                f":{name}": item[name] for name in ("last_seen", "as_of", "expires_at", "action")
            },
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
        """The sinks that the options ask for. Raises BadInput without a region."""
        sinks = list[Sink]()
        if table := values["block_table"]:
            client = _client("dynamodb", f"--block_table {table}")
            sinks.append(DynamoBlockList(client, table, rules.mode, run_id))
        if values["block_file"]:
            sinks.append(BlockFile(values["block_file"]))
        if stream := values["metrics"]:
            client = _client("cloudwatch", f"--metrics {stream}")
            sinks.append(CloudWatchMetrics(client, stream, [rule.id for rule in rules.rules]))
        return Sinks(sinks)

    def send(self, report: BatchReport) -> None:
        sent = [self._send(place, sink, report) for place, sink in enumerate(self.sinks)]
        if all(sent):
            report.erased.clear()

    def _send(self, place: int, sink: Sink, report: BatchReport) -> bool:
        """Send a batch to a sink, unless it has failed a short time ago. Returns whether it has the batch."""
        if time.monotonic() - self.failed_at.get(place, -_RETRY_S) < _RETRY_S:
            return False
        try:
            sink.send(report)
        except Exception as error:  # of the service or of the network
            self.failed_at[place] = time.monotonic()
            notify(type(sink).__name__, f"not sent: {error}; tried again in a minute")
            return False
        return True


def _name(block: Block) -> str:
    return f"{block.key.kind}#{block.key.value}"


def _client(service: str, option: str) -> Any:
    config = object_store.require_module("botocore.config").Config(
        connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 4}
    )
    with object_store.wrap_errors(option, BadInput):
        return object_store.require_module("boto3").client(service, config=config)
