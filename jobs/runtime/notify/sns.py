"""AWS clients for notices: SNS topics, and secrets of a mail server."""

import functools
import json
from typing import Any

from jobs.runtime.notify.notice import SECONDS, InDoubt, Notice, NotTaken, Turn
from jobs.runtime.storage import object_store

# Longer ones it refuses.
_SUBJECT, _MESSAGE = 100, 262_144
_OF_THE_SERVER = 500


def publish(topic: str, notice: Notice, mark: str, turn: Turn) -> None:
    """A topic that keeps the order drops a `mark` that comes twice. Raises InDoubt where it may have arrived, NotTaken; any other error: nothing is taken."""
    of_order = {"MessageDeduplicationId": mark, "MessageGroupId": "weir"} if topic.endswith(".fifo") else {}
    subject = notice.subject.encode("ascii", "replace")[:_SUBJECT].decode()
    message = notice.text.encode()[:_MESSAGE].decode(errors="ignore")
    errors, client = object_store.installed("botocore.exceptions"), _client("sns", topic.split(":")[3])
    turn.begin()
    try:
        client.publish(TopicArn=topic, Subject=subject, Message=message, **of_order)
    except errors.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= _OF_THE_SERVER:
            raise InDoubt(str(error)) from error
        raise NotTaken(error, is_final="Throttl" not in error.response["Error"]["Code"]) from error
    except (errors.ReadTimeoutError, errors.ConnectionClosedError, errors.ResponseStreamingError) as error:
        raise InDoubt(str(error)) from error


@functools.cache
def secret(name: str) -> tuple[str, str]:
    """`username` and `password` of a secret of AWS Secrets Manager."""
    told = json.loads(_client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    return told["username"], told["password"]


def _client(service: str, region: str | None = None) -> Any:
    config = object_store.installed("botocore.config").Config(
        connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1}
    )
    return object_store.installed("boto3").client(service, region_name=region, config=config)
