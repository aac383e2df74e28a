"""Types of options: each parses and validates text."""

import difflib
import os
import re
from argparse import ArgumentTypeError as Unfit
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from jobs.runtime.storage import object_store
from schemas.formats import EMAIL


def nearest(word: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


def time_zone(text: str) -> str:
    # Names without a place, but for UTC, are old aliases; Java does not know all of them.
    if text not in available_timezones() or not ("/" in text or text == "UTC"):
        raise Unfit(f"{text!r} is no IANA time zone{nearest(text, available_timezones())}; an example is Europe/Zagreb")
    return text


def as_of(text: str) -> datetime | date | str:
    """`now`, a date, or an instant with its offset."""
    if text == "now":
        return text
    return calendar_date(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else instant(text)


def instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(f"{text!r} is no instant; an example is 2019-10-02T00:00:00+02:00") from None
    if moment.tzinfo is None:
        raise Unfit(f"{text!r} has no offset; write it as {text}Z or {text}+02:00")
    if not 1900 <= moment.year <= 9000:
        raise Unfit(f"{text} is no time of any data")
    return moment.astimezone(UTC)


def calendar_date(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise Unfit(f"{text!r} is no date of the form 2019-10-01")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unfit(f"there is no day {text}") from None
    if not 1900 <= day.year <= 9000:
        raise Unfit(f"{text} is no day of any data")
    return day


def columns(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(ours and theirs for ours, _, theirs in pairs):
        raise Unfit(f"{text!r} is not of the form event_time=ts,user_id=customer")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def drift(text: str) -> dict[str, str]:
    return _policies(text, {"added": ("ignore", "fail"), "missing": ("apply", "fail")})


def _policies(text: str, choices: Mapping[str, Sequence[str]]) -> dict[str, str]:
    said = dict(pair.partition("=")[::2] for pair in text.split(","))
    for kind, policy in said.items():
        if policy not in choices.get(kind, ()):
            known = "; ".join(f"{name} is {' or '.join(words)}" for name, words in choices.items())
            raise Unfit(f"{text!r} is not of the form added=fail,missing=fail; {known}")
    return said


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
    """An absolute path, or the URI as it is. Links are kept: they are how a lake can be moved."""
    if re.match(r"(?i)s3[an]?:/(?!/)", text):
        raise Unfit(f"{text} has one slash too few: s3://<bucket>/<prefix>")
    return object_store.uri(text).rstrip("/") if "://" in text else os.path.abspath(text)  # noqa: PTH100


def words(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def locations(text: str) -> list[str]:
    return [location(one) for one in words(text)]


def lake_location(text: str) -> str:
    if "?" in text:
        raise Unfit(f"{text!r} holds a question mark, which the catalog's address cannot")
    return location(text)


def new_file(text: str) -> str:
    return _to_write(text, "file")


def new_folder(text: str) -> str:
    path = _to_write(text, "folder")
    if os.path.isfile(path):  # noqa: PTH113
        raise Unfit(f"{path} is a file")
    return path


def _to_write(text: str, what: str) -> str:
    path = location(text)
    if object_store.is_in_bucket(path) and not re.fullmatch(r"s3://[^/]+/.+", path):
        raise Unfit(f"{text} names no {what} in the bucket")
    if not object_store.is_in_bucket(path) and not os.path.isdir(os.path.dirname(path)):  # noqa: PTH112, PTH120
        raise Unfit(f"there is no folder {os.path.dirname(path)} to write to")  # noqa: PTH120
    return path


def truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise Unfit(f"{text!r} is neither true nor false")
    return text == "true"


def address(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s@]+/?", text):
        raise Unfit("the address is not of the form http://127.0.0.1:9000")
    return text.rstrip("/")


def mail_address(text: str) -> str:
    if not re.fullmatch(EMAIL.replace(r"\z", r"\Z"), text):
        raise Unfit(f"{text!r} is no mail address")
    return text


def recipients(text: str) -> list[str]:
    """`print`, mail addresses and ARNs of SNS topics, with commas between them."""
    found = words(text)
    for one in found:
        if "@" in one:
            mail_address(one)
        elif one != "print" and not re.fullmatch(r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+", one):
            raise Unfit(f"{one!r} is neither a mail address nor the ARN of an SNS topic, nor the word print")
    return list({one.lower(): one for one in reversed(found)}.values())[::-1]


def server(text: str) -> tuple[str, int]:
    """A host with its port; without, that of servers that take mails from people."""
    host, _, port = text.partition(":")
    if (
        not re.fullmatch(r"[A-Za-z0-9.-]+", host)
        or not re.fullmatch(r"\d{0,5}", port)
        or not 0 < int(port or 587) < 1 << 16
    ):
        raise Unfit(f"{text!r} is not of the form smtp.example.com:587")
    return host, int(port or 587)


def share(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise Unfit(f"{text} is not between 0 and 1")
    return float(text)


def whole_number(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise Unfit(f"{text!r} is not a whole number from 0 on")
    return int(text)


def number_between(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not least <= whole_number(text) <= most:
            raise Unfit(f"{text} is not between {least} and {most}")
        return int(text)

    return read


def one_of(*choices: str | int) -> Callable[[str], str | int]:
    """A reader of one of some words, or of some numbers."""
    known = {str(choice): choice for choice in choices}

    def read(text: str) -> str | int:
        if text not in known:
            raise Unfit(f"{text!r} is none of {', '.join(known)}{nearest(text, known)}")
        return known[text]

    return read


def zones(text: str) -> dict[str, str]:
    """Places with their zones."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(place.strip() and zone.strip() for place, _, zone in pairs):
        raise Unfit(f"{text!r} is not of the form BOS=America/New_York,SFO=America/Los_Angeles")
    return {place.strip().upper(): time_zone(zone.strip()) for place, _, zone in pairs}


def character(text: str) -> str:
    text = "\t" if text == "\\t" else text
    if len(text) != 1:
        raise Unfit(f"{text!r} is not one character (write a tab as \\t)")
    if re.match(r"[\w :.+/@-]", text):
        raise Unfit(f"{text!r} stands in numbers, times and addresses, and parts no fields")
    return text


# as_of where there are no events: always the same, so that a run on nothing publishes nothing twice.
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)


def resolve_as_of(
    asked: datetime | date | str | None, *, zone: str, clock: datetime, newest: datetime | None
) -> datetime:
    """The instant that `as_of` means: by default the end of the local day of the newest event."""
    if isinstance(asked, datetime):
        return asked
    if asked == "now":
        return clock
    if isinstance(asked, date):
        day = asked
    elif newest:
        day = newest.astimezone(ZoneInfo(zone)).date()
    else:
        return NOTHING_YET
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
