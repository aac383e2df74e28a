"""SNS topics and AWS secrets, against a stand-in."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from jobs.runtime.notify import mail, sns_and_secrets
from jobs.runtime.notify.channels import NoticeSender
from jobs.runtime.notify.notice import Notice, SendAttempt
from jobs.runtime.notify.outbox import SendResult, send
from tests.aws.stand_in import StandIn, stand_in
from tests.faults import fault

NOTICE = Notice("It is done", "All of it, čitavo.\n", "<p>All of it, <b>čitavo</b>.</p>")


def sent(by: NoticeSender, *recipients: str) -> list[SendResult]:
    return list(send(by, "a test", recipients, NOTICE).values())


@pytest.fixture(scope="module")
def aws() -> Iterator[StandIn]:
    with stand_in() as there:
        yield there


@pytest.fixture
def at_stand_in(aws: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    for name, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(name, value)
    return aws


def subscribed(aws: StandIn, name: str, **attributes: Any) -> tuple[str, str]:
    """A topic, and a queue that receives its messages."""
    arn = aws.client("sns").create_topic(Name=name, **({"Attributes": attributes} if attributes else {}))["TopicArn"]
    queue = aws.client("sqs").create_queue(QueueName=name, **({"Attributes": attributes} if attributes else {}))[
        "QueueUrl"
    ]
    of_queue = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    aws.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=of_queue)
    return arn, queue


def arrived(aws: StandIn, queue: str) -> list[dict[str, Any]]:
    found = (
        aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
    )
    return [json.loads(one["Body"]) for one in found]


def test_a_topic_delivers_to_its_queue(at_stand_in: StandIn) -> None:
    arn, queue = subscribed(at_stand_in, "subscribed")
    assert sent(NoticeSender(None, None, None), arn) == [SendResult("sent", 1)]
    assert [(one["Subject"], one["Message"]) for one in arrived(at_stand_in, queue)] == [(NOTICE.subject, NOTICE.text)]


def test_a_subject_of_other_letters_or_of_any_length_is_one_that_sns_takes(at_stand_in: StandIn) -> None:
    arn, queue = subscribed(at_stand_in, "long")
    sns_and_secrets.publish(arn, Notice("č" * 200, "text", ""), "mark", SendAttempt())
    assert [one["Subject"] for one in arrived(at_stand_in, queue)] == ["?" * 100]


@fault("S04")
def test_a_missing_topic_does_not_stop_the_other_notices(at_stand_in: StandIn) -> None:
    arn, queue = subscribed(at_stand_in, "there")
    refused, delivered = sent(NoticeSender(None, None, None), f"{arn}_not", arn)
    assert (refused.status, refused.tries, delivered.status, len(arrived(at_stand_in, queue))) == (
        "failed",
        1,
        "sent",
        1,
    )


def test_the_password_of_the_server_may_be_a_secret_of_aws(at_stand_in: StandIn) -> None:
    at_stand_in.client("secretsmanager").create_secret(
        Name="mail", SecretString='{"username": "weir", "password": "hunter2"}'
    )
    assert mail.credentials("mail") == ("weir", "hunter2")
