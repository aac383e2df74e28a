"""Option types: each function parses and validates text, and raises ArgumentTypeError or ValueError."""

import difflib
import os
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from jobs.runtime.storage import object_store
from jobs.runtime.time_zone_rules import zone_names
from schemas.formats import EMAIL


def closest(word: str, known: Iterable[str]) -> str | None:
    """The closest known word, None if none is close."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)), None)


def suggest(word: str, known: Iterable[str]) -> str:
    """A hint with the closest known word, to append to a message; empty if none is close."""
    match = closest(word, known)
    return f"; did you mean {match}?" if match else ""


def time_zone(text: str) -> str:
    if text not in zone_names():
        raise ArgumentTypeError(
            f"{text!r} is not an IANA time zone{suggest(text, zone_names())}; example: Europe/Zagreb"
        )
    return text


def as_of(text: str) -> datetime | date | str:
    """`now`, a date, or an instant with an offset."""
    if text == "now":
        return text
    return calendar_date(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else instant(text)


def instant(text: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not an instant; example: 2019-10-02T00:00:00+02:00") from None
    if parsed.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} has no offset; write it as {text}Z or {text}+02:00")
    if not 1900 <= parsed.year <= 9000:
        raise ArgumentTypeError(f"{text} is outside the years 1900 to 9000")
    return parsed.astimezone(UTC)


def calendar_date(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ArgumentTypeError(f"{text!r} is not a date; example: 2019-10-01")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not a calendar day") from None
    if not 1900 <= day.year <= 9000:
        raise ArgumentTypeError(f"{text} is outside the years 1900 to 9000")
    return day


def columns(text: str) -> dict[str, str]:
    """Column names of the files by column of the raw table."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(ours and theirs for ours, _, theirs in pairs):
        raise ArgumentTypeError(f"{text!r} is not of the form <column>=<name in the files>,...")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def drift(text: str) -> dict[str, str]:
    return _policies(text, {"added": ("ignore", "fail"), "missing": ("apply", "fail")})


def _policies(text: str, choices: Mapping[str, Sequence[str]]) -> dict[str, str]:
    policies = dict(pair.partition("=")[::2] for pair in text.split(","))
    for kind, policy in policies.items():
        if policy not in choices.get(kind, ()):
            known = "; ".join(f"{name} is {' or '.join(allowed)}" for name, allowed in choices.items())
            raise ArgumentTypeError(f"{text!r} is not of the form added=fail,missing=fail; {known}")
    return policies


def changes_drift(text: str) -> dict[str, str]:
    return _policies(
        text,
        {
            "added": ("apply", "ignore", "fail"),
            "missing": ("apply", "fail"),
            "widened": ("apply", "fail"),
            "changed": ("fail", "coerce"),
        },
    )


def location(text: str) -> str:
    """An absolute path, or a normalised URI. Symbolic links are not resolved: a lake can be moved behind one."""
    if re.match(r"(?i)s3[an]?:/(?!/)", text):
        raise ArgumentTypeError(f"{text} is not an S3 URI: write s3://<bucket>/<prefix>")
    return object_store.normalise_uri(text).rstrip("/") if "://" in text else os.path.abspath(text)  # noqa: PTH100


def comma_separated(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def country_codes(text: str) -> list[str]:
    """Codes of ISO 3166-1 alpha-2, separated by commas."""
    codes = comma_separated(text.upper())
    for code in codes:
        if not re.fullmatch("[A-Z]{2}", code):
            raise ArgumentTypeError(f"{code} is not a country code of ISO 3166-1 alpha-2; example: HR")
    return codes


def locations(text: str) -> list[str]:
    return [location(item) for item in comma_separated(text)]


def lake_location(text: str) -> str:
    if "?" in text:
        raise ArgumentTypeError(f"{text!r} contains a question mark, which the catalog URI does not allow")
    return location(text)


def new_file(text: str) -> str:
    return _output_path(text, "file")


def new_folder(text: str) -> str:
    path = _output_path(text, "folder")
    if os.path.isfile(path):  # noqa: PTH113
        raise ArgumentTypeError(f"{path} is a file")
    return path


def _output_path(text: str, what: str) -> str:
    path = location(text)
    if object_store.is_in_bucket(path) and not re.fullmatch(r"s3://[^/]+/.+", path):
        raise ArgumentTypeError(f"{text} names no {what} in the bucket")
    if not object_store.is_in_bucket(path) and not os.path.isdir(os.path.dirname(path)):  # noqa: PTH112, PTH120
        raise ArgumentTypeError(f"there is no folder {os.path.dirname(path)} to write to")  # noqa: PTH120
    return path


def boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ArgumentTypeError(f"{text!r} is neither true nor false")
    return text == "true"


def address(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s@]+/?", text):
        raise ArgumentTypeError("the endpoint URL is malformed; example: http://127.0.0.1:9000")
    return text.rstrip("/")


def mail_address(text: str) -> str:
    if not re.fullmatch(EMAIL.replace(r"\z", r"\Z"), text):
        raise ArgumentTypeError(f"{text!r} is not an e-mail address")
    return text


def recipients(text: str) -> list[str]:
    """`print`, e-mail addresses and ARNs of SNS topics, separated by commas. Duplicates are dropped, ignoring case."""
    items = comma_separated(text)
    for item in items:
        if "@" in item:
            mail_address(item)
        elif item != "print" and not re.fullmatch(r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+", item):
            raise ArgumentTypeError(
                f"{item!r} is neither an e-mail address nor the ARN of an SNS topic, nor the word print"
            )
    return list({item.lower(): item for item in reversed(items)}.values())[::-1]


def server(text: str) -> tuple[str, int]:
    """A host and port; the default port is that of mail submission, 587."""
    host, _, port = text.partition(":")
    if (
        not re.fullmatch(r"[A-Za-z0-9.-]+", host)
        or not re.fullmatch(r"\d{0,5}", port)
        or not 0 < int(port or 587) < 1 << 16
    ):
        raise ArgumentTypeError(f"{text!r} is not a host and port; example: smtp.example.com:587")
    return host, int(port or 587)


def share(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise ArgumentTypeError(f"{text} is not between 0 and 1")
    return float(text)


def whole_number(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def number_between(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not least <= whole_number(text) <= most:
            raise ArgumentTypeError(f"{text} is not between {least} and {most}")
        return int(text)

    return read


def one_of(*choices: str | int) -> Callable[[str], str | int]:
    """A parser that accepts the text of one of the choices and returns that choice."""
    known = {str(choice): choice for choice in choices}

    def read(text: str) -> str | int:
        if text not in known:
            raise ArgumentTypeError(f"{text!r} is not one of {', '.join(known)}{suggest(text, known)}")
        return known[text]

    return read


def zones(text: str) -> dict[str, str]:
    """Time zones by place; places in upper case."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(place.strip() and zone.strip() for place, _, zone in pairs):
        raise ArgumentTypeError(f"{text!r} is not of the form BOS=America/New_York,SFO=America/Los_Angeles")
    return {place.strip().upper(): time_zone(zone.strip()) for place, _, zone in pairs}


def character(text: str) -> str:
    text = "\t" if text == "\\t" else text
    if len(text) != 1:
        raise ArgumentTypeError(f"{text!r} is not one character (write a tab as \\t)")
    if re.match(r"[\w :.+/@-]", text):
        raise ArgumentTypeError(f"{text!r} cannot be a delimiter: it occurs in numbers, times and addresses")
    return text
