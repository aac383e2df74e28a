"""The options that jobs share, and how each is read from text."""

import difflib
import os
import re
from argparse import ArgumentTypeError as Unfit
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from jobs import store
from jobs.runtime.job import Parameter

# Glue's own names that a person may leave in a command line when running it elsewhere.
GLUE_NAMES = frozenset(
    """JOB_NAME JOB_ID JOB_RUN_ID SECURITY_CONFIGURATION TempDir RedshiftTempDir additional-python-modules
    auto-scale-within-microbatch class conf continuation-option customer-driver-env-vars datalake-formats debug
    enable-auto-scaling enable-continuous-cloudwatch-log enable-data-lineage enable-glue-datacatalog enable-metrics
    enable-observability-metrics enable-spark-ui encryption-type endpoint extra-files extra-jars extra-py-files
    job-bookmark-from job-bookmark-option job-bookmark-to job-language mode python-modules-installer-option
    python-virtual-env python-virtual-env-storage-prefix python-virtual-env-version spark-event-logs-path
    user-jars-first""".split()  # noqa: SIM905
)

# Its value is an option of pip, such as --no-index.
TAKES_AN_OPTION = "python-modules-installer-option"


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
    return _policies(text, {"added": ("apply", "ignore", "fail"), "missing": ("apply", "fail"), "widened": ("apply", "fail"), "changed": ("fail", "coerce")})


def location(text: str) -> str:
    """An absolute path, or the URI as it is. Links are kept: they are how a lake can be moved."""
    if re.match(r"(?i)s3[an]?:/(?!/)", text):
        raise Unfit(f"{text} has one slash too few: s3://<bucket>/<prefix>")
    return store.uri(text).rstrip("/") if "://" in text else os.path.abspath(text)  # noqa: PTH100


def locations(text: str) -> list[str]:
    return [location(one.strip()) for one in text.split(",") if one.strip()]


def lake_location(text: str) -> str:
    if "?" in text:
        raise Unfit(f"{text!r} holds a question mark, which the catalog's address cannot")
    return location(text)


def new_file(text: str) -> str:
    path = location(text)
    if store.is_in_bucket(path) and not re.fullmatch(r"s3://[^/]+/.+", path):
        raise Unfit(f"{text} names no file in the bucket")
    if not store.is_in_bucket(path) and not os.path.isdir(os.path.dirname(path)):  # noqa: PTH112, PTH120
        raise Unfit(f"there is no folder {os.path.dirname(path)} to write to")  # noqa: PTH120
    return path


def truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise Unfit(f"{text!r} is neither true nor false")
    return text == "true"


# Glue gives every name a value.
FLAG: Mapping[str, Any] = {"nargs": "?", "const": True, "type": truth, "metavar": "true|false"}


def address(text: str) -> str:
    if not re.fullmatch(r"https?://[^/\s@]+/?", text):
        raise Unfit("the address is not of the form http://127.0.0.1:9000")
    return text.rstrip("/")


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


# A hundred years of days.
A_SPAN = number_between(1, 36_500)


def one_of(*choices: str | int) -> Callable[[str], str | int]:
    """A reader of one of some words, or of some numbers."""
    known = {str(choice): choice for choice in choices}

    def read(text: str) -> str | int:
        if text not in known:
            raise Unfit(f"{text!r} is none of {', '.join(known)}{nearest(text, known)}")
        return known[text]

    return read


def character(text: str) -> str:
    text = "\t" if text == "\\t" else text
    if len(text) != 1:
        raise Unfit(f"{text!r} is not one character (write a tab as \\t)")
    if re.match(r"[\w :.+/@-]", text):
        raise Unfit(f"{text!r} stands in numbers, times and addresses, and parts no fields")
    return text


TIME_ZONE = Parameter("time_zone", time_zone, "UTC", "IANA zone whose midnights bound the local days")
AS_OF = Parameter(
    "as_of", as_of, None, "data time up to which the answer is asked: an instant with offset, a date (its end) or now; default: end of the newest local day"
)
PERIOD_DAYS = Parameter("period_days", A_SPAN, 28, "whole local days before as_of that are looked at; never before the first day")
ABANDON_AFTER_HOURS = Parameter("abandon_after_hours", A_SPAN, 24, "hours after the last add from which on a cart is abandoned")
RECOVERY_DAYS = Parameter("recovery_days", number_between(0, 36_500), 7, "days after that in which an abandoned cart may still be bought")

WHERE = (
    Parameter("lake", lake_location, help="folder of the lake, made if it is not there; or s3://<bucket>/<prefix>", is_required=True),
    Parameter("catalog", str, None, "catalog of the lake where it is no folder: glue, or a file of Iceberg catalog properties"),
    Parameter("endpoint_url", address, None, "a store of buckets other than S3, and its Glue catalog if it has one; default: AWS_ENDPOINT_URL, else AWS"),
    Parameter("path_style", bool, False, "name buckets in the path of the address, not in its host, as most stores other than S3 want"),
)
CLOCK = Parameter("clock", instant, None, "wall clock to judge rows by; default: now")
DRY_RUN = Parameter("dry_run", bool, False, "only tell what would change, table by table and period by period; nothing is published")
EVERY_RUN = (
    *WHERE,
    CLOCK,
    DRY_RUN,
    Parameter("full", bool, False, "rebuild every mart in full"),
    Parameter("from", calendar_date, None, "rebuild the marts from this local day on, though nothing changed"),
    Parameter("to", calendar_date, None, "rebuild the marts up to this local day, though nothing changed"),
    Parameter("summary_json", new_file, None, "also write the summary of the run to this file, or to s3://<bucket>/<key>"),
)
REPORT = Parameter("report", new_file, None, "where the report goes, an HTML file; default: report.html in the folder of the lake, or report_<board>.html")
FILES = (
    Parameter("input", str, help="folder, file or glob of the delivered files, on this machine or s3://", is_required=True),
    Parameter("columns", columns, {}, "names that the files use: event_time=ts,user_id=customer"),
    Parameter("delimiter", character, ",", "character between the fields of a CSV file"),
    Parameter("no_header", bool, False, "CSV files begin with data, their columns in the order of the raw table"),
    Parameter("multi_line", bool, False, "a field of a CSV file may hold line breaks inside quotes; an unclosed quote then costs the rest of its file"),
    Parameter("drift", drift, {}, "columns of files that are not those of the raw table: added=ignore or fail, missing=apply (as NULL) or fail"),
    Parameter("withdraw", locations, None, "files, with commas between them, whose rows go; rows that were dropped as duplicates of theirs come back"),
    Parameter("allow_empty", bool, False, "an input without rows ends with 0, not 2"),
    Parameter("max_file_bytes", whole_number, None, "a file that holds more, gzip unpacked, ends the run with 2; default: any is taken"),
    Parameter("max_rejected_share", share, 0.05, "a larger share of rejected rows refuses the run"),
)
# What says otherwise, or more, where the files are changes of a source.
CHANGES = (
    Parameter("null_text", str, "NULL", "what a field of a CSV file reads where it is NULL; an empty one is an empty text"),
    Parameter("drift", changes_drift, {}, "columns of files that differ: added=ignore or fail, missing=fail, widened=fail, changed=coerce"),
    Parameter("load_ts", instant, None, "when the task began that made the full load, whose rows say no time; default: before every change"),
    Parameter("snapshot", bool, False, "the new files are all that the source had at --load_ts: rows that they do not have are deleted"),
)


# as_of where there are no events: always the same, so that a run on nothing publishes nothing twice.
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)


def resolve_as_of(asked: datetime | date | str | None, *, zone: str, clock: datetime, newest: datetime | None) -> datetime:
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
