"""Compare the time zone data of Java, which computes local days, with that of Python's tzdata package."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import metadata
from typing import Any
from zoneinfo import ZoneInfo

from pyspark.sql import SparkSession

from jobs.runtime.errors import BadArgument
from jobs.runtime.spark.java_classes import java_class

_DAY = timedelta(days=1)


def time_zone_data(spark: SparkSession) -> str:
    """The versions of both time zone data, as recorded with each run."""
    return f"Java {_java_version(spark)}, tzdata {metadata.version('tzdata')}"


def require_same_rules(spark: SparkSession, zone: str, first: date, last: date) -> None:
    """Raises BadArgument if Java and tzdata disagree on the offset of the zone on any day of the span."""
    by_java, by_tzdata = _by_java(spark, zone, first, last), list(_by_tzdata(zone, first, last))
    if by_java == by_tzdata:
        return
    changed = min(set(by_java) ^ set(by_tzdata))[0]
    raise BadArgument(
        f"Java and Python disagree on the clock of {zone} from {changed:%Y-%m-%d} on: the time zone data are "
        f"{time_zone_data(spark)}; update the older one: a newer Java, or pip install --upgrade tzdata"
    )


def _by_java(spark: SparkSession, zone: str, first: date, last: date) -> list[tuple[datetime, int]]:
    """The instants from which on an offset in seconds holds, by Java: the start of the span and each change in it."""
    instant, rules = java_class(spark, "java.time.Instant"), java_class(spark, "java.time.ZoneId").of(zone).getRules()
    start, end = (int(_midnight(day).timestamp()) for day in (first, last + _DAY))
    found = [(start, rules.getOffset(instant.ofEpochSecond(start)).getTotalSeconds())]
    while change := rules.nextTransition(instant.ofEpochSecond(found[-1][0])):
        if change.getInstant().getEpochSecond() >= end:
            break
        found.append((change.getInstant().getEpochSecond(), change.getOffsetAfter().getTotalSeconds()))
    return [(datetime.fromtimestamp(seconds, UTC), offset) for seconds, offset in found]


def _by_tzdata(zone: str, first: date, last: date) -> Iterator[tuple[datetime, int]]:
    """The same by tzdata. An offset lasts for a day at least."""
    rules = _rules(zone)
    at, end = _midnight(first), _midnight(last + _DAY)
    offset = _offset(rules, at)
    yield at, offset
    while at < end:
        before, at = at, min(at + _DAY, end)
        if _offset(rules, at) != offset:
            while at - before > timedelta(seconds=1):
                middle = before + timedelta(seconds=(at - before).total_seconds() // 2)
                before, at = (before, middle) if _offset(rules, middle) != offset else (middle, at)
            offset = _offset(rules, at)
            if at < end:
                yield at, offset


def _offset(rules: ZoneInfo, at: datetime) -> int:
    return int(at.astimezone(rules).utcoffset().total_seconds())  # type: ignore[union-attr]


@cache
def _rules(zone: str) -> ZoneInfo:
    """The zone from the tzdata package, whatever this machine has."""
    from importlib import resources

    *folders, name = zone.split("/")
    with resources.files("tzdata.zoneinfo").joinpath(*folders, name).open("rb") as stream:
        return ZoneInfo.from_file(stream, zone)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _java_version(spark: SparkSession) -> str:
    versions: Any = java_class(spark, "java.time.zone.ZoneRulesProvider").getVersions("UTC")
    return str(versions.lastKey())
