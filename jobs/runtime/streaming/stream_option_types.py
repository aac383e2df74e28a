"""Option types of the stream jobs: each function parses and validates text, and raises ArgumentTypeError."""

import re
from argparse import ArgumentTypeError
from collections.abc import Callable

from jobs.runtime.option_types import comma_separated, location, one_of


def positive_number(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ArgumentTypeError(f"{text} is not above 0")
    return number


def some_of(*choices: str) -> Callable[[str], list[str]]:
    """A parser of a list of choices, separated by commas; a choice may be repeated."""
    read_one = one_of(*choices)
    return lambda text: [str(read_one(item)) for item in comma_separated(text)]


def folder_or_stream(text: str) -> str:
    """A folder, local or s3://, or the name of a stream: kinesis:<data stream> or firehose:<delivery stream>."""
    service, _, name = text.partition(":")
    if service not in ("kinesis", "firehose"):
        return location(text)
    if not re.fullmatch(r"[\w.-]{1,128}", name):
        raise ArgumentTypeError(f"{text!r} names no stream; example: {service}:shop-events")
    return text


def folder_or_kinesis(text: str) -> str:
    """A folder, local or s3://, or a data stream as kinesis:<ARN>."""
    service, _, arn = text.partition(":")
    if service != "kinesis":
        return location(text)
    if not re.fullmatch(r"arn:aws[\w-]*:kinesis:[\w-]+:\d{12}:stream/[\w.-]{1,128}", arn):
        example = "kinesis:arn:aws:kinesis:eu-central-1:123456789012:stream/shop-events"
        raise ArgumentTypeError(f"{text!r} has no ARN of a data stream; example: {example}")
    return text
