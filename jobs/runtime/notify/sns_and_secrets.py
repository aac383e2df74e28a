"""AWS clients for notices: SNS topics, and the credentials of a mail server in Secrets Manager."""

import functools
import json
from typing import Any

from jobs.runtime.notify.notice import REPLY_TIMEOUT, DeliveryUnknown, Notice, RecipientRefused, SendAttempt
from jobs.runtime.storage import object_store

# Limits of SNS: characters of a subject, bytes of a message.
_MAX_SUBJECT, _MAX_MESSAGE = 100, 262_144
_SERVER_ERROR = 500


def publish(topic: str, notice: Notice, mark: str, attempt: SendAttempt) -> None:
    """Publish a notice to a topic. A FIFO topic drops duplicates by `mark`.

    Raises DeliveryUnknown if it may have arrived, RecipientRefused if the topic refused it, and any other error if
    SNS cannot be reached.
    """
    fifo = {"MessageDeduplicationId": mark, "MessageGroupId": "weir"} if topic.endswith(".fifo") else {}
    subject = notice.subject.encode("ascii", "replace")[:_MAX_SUBJECT].decode()
    message = notice.text.encode()[:_MAX_MESSAGE].decode(errors="ignore")
    errors, client = object_store.require_module("botocore.exceptions"), _client("sns", topic.split(":")[3])
    attempt.begin()
    try:
        client.publish(TopicArn=topic, Subject=subject, Message=message, **fifo)
    except errors.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
            raise DeliveryUnknown(str(error)) from error
        raise RecipientRefused(error, is_final="Throttl" not in error.response["Error"]["Code"]) from error
    except (errors.ReadTimeoutError, errors.ConnectionClosedError, errors.ResponseStreamingError) as error:
        raise DeliveryUnknown(str(error)) from error


@functools.cache
def read_secret(name: str) -> tuple[str, str]:
    """`username` and `password` of a secret in AWS Secrets Manager."""
    credentials = json.loads(_client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    return credentials["username"], credentials["password"]


def _client(service: str, region: str | None = None) -> Any:
    config = object_store.require_module("botocore.config").Config(
        connect_timeout=REPLY_TIMEOUT, read_timeout=REPLY_TIMEOUT, retries={"total_max_attempts": 1}
    )
    return object_store.require_module("boto3").client(service, region_name=region, config=config)
