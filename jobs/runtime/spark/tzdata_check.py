"""Compare the time zone data of Java, which computes local days, with that of Python's tzdata package."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from itertools import pairwise
from string import ascii_lowercase
from typing import Any
from zoneinfo import ZoneInfo

from pyspark.sql import SparkSession

from jobs.runtime.errors import BadArgument
from jobs.runtime.spark.java_classes import java_class
from jobs.runtime.time_zone_rules import midnight, zone_rules

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def time_zone_data(spark: SparkSession) -> str:
    """The versions of both time zone data, as recorded with each run."""
    return f"Java {_java_version(spark)}, tzdata {metadata.version('tzdata')}"


def require_known(spark: SparkSession, zones: Iterable[str]) -> None:
    """Raises BadArgument if Java does not know one of the zones: a query would end with an error of Java."""
    known = java_class(spark, "java.time.ZoneId").getAvailableZoneIds()
    for zone in zones:
        if not known.contains(zone):
            raise BadArgument(f"Java does not know the zone {zone}: {_advice(spark)}")


def require_same_days(spark: SparkSession, zone: str, first: date, last: date) -> None:
    """Raises BadArgument if Java and tzdata disagree on the clock of the zone on one of its days, both inclusive.

    Also if the clock went back over midnight near them: the evening before is repeated after the day has started, so
    that neither day is one span of time.
    """
    start, end = midnight(first, zone), midnight(last + _DAY, zone)
    require_same_rules(spark, zone, start, end - _SECOND)
    for (_, before), (at, after) in pairwise(_by_java(spark, zone, start - _DAY, end + _DAY)):
        if (at - _SECOND + timedelta(seconds=before)).date() > (at + timedelta(seconds=after)).date():
            raise BadArgument(
                f"the clock of {zone} went back over midnight at {at:%Y-%m-%d %H:%M} UTC: its days are not whole; "
                "use another zone, such as UTC"
            )


def require_same_rules(spark: SparkSession, zone: str, first: datetime, last: datetime) -> None:
    """Raises BadArgument if Java and tzdata disagree on the clock of the zone between two instants, both inclusive."""
    by_java, by_tzdata = _by_java(spark, zone, first, last), list(_by_tzdata(zone, first, last))
    if by_java == by_tzdata:
        return
    changed = min(set(by_java) ^ set(by_tzdata))[0]
    raise BadArgument(f"Java and Python disagree on the clock of {zone} from {changed:%Y-%m-%d} on: {_advice(spark)}")


def _advice(spark: SparkSession) -> str:
    """Which of the time zone data to update."""
    java, year_and_number = _java_version(spark), metadata.version("tzdata")
    year, _, number = year_and_number.partition(".")
    tzdata = f"{year}{ascii_lowercase[int(number) - 1]}"  # 2025.2 has the rules of 2025b
    newer_java, newer_tzdata = "use a newer Java", "pip install --upgrade tzdata"
    what = (
        f"the time zone data of Java are older; {newer_java}"
        if java < tzdata
        else f"the time zone data of Python are older; {newer_tzdata}"
        if java > tzdata
        else f"the time zone data of one of them were changed; {newer_java}, or {newer_tzdata}"
    )
    return f"{what} ({time_zone_data(spark)})"


def _by_java(spark: SparkSession, zone: str, first: datetime, last: datetime) -> list[tuple[datetime, int]]:
    """The instants from which on an offset in seconds holds, by Java: the first one, and each change up to the last."""
    instant, rules = java_class(spark, "java.time.Instant"), java_class(spark, "java.time.ZoneId").of(zone).getRules()
    start, end = (int(moment.timestamp()) for moment in (first, last))
    found = [(start, rules.getOffset(instant.ofEpochSecond(start)).getTotalSeconds())]
    while change := rules.nextTransition(instant.ofEpochSecond(found[-1][0])):
        if change.getInstant().getEpochSecond() > end:
            break
        found.append((change.getInstant().getEpochSecond(), change.getOffsetAfter().getTotalSeconds()))
    return [(datetime.fromtimestamp(seconds, UTC), offset) for seconds, offset in found]


def _by_tzdata(zone: str, first: datetime, last: datetime) -> Iterator[tuple[datetime, int]]:
    """The same by tzdata. An offset lasts for a day at least."""
    rules = zone_rules(zone)
    at, end = (moment.replace(microsecond=0) for moment in (first, last))
    offset = _offset(rules, at)
    yield at, offset
    while at < end:
        before, at = at, min(at + _DAY, end)
        if _offset(rules, at) != offset:
            while at - before > _SECOND:
                middle = before + timedelta(seconds=(at - before).total_seconds() // 2)
                before, at = (before, middle) if _offset(rules, middle) != offset else (middle, at)
            offset = _offset(rules, at)
            yield at, offset


def _offset(rules: ZoneInfo, at: datetime) -> int:
    return int(at.astimezone(rules).utcoffset().total_seconds())  # type: ignore[union-attr]


def _java_version(spark: SparkSession) -> str:
    versions: Any = java_class(spark, "java.time.zone.ZoneRulesProvider").getVersions("UTC")
    return str(versions.lastKey())
