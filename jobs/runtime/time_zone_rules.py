"""Time zone rules of Python's tzdata package: the same on every machine, whatever its system has."""

from datetime import UTC, date, datetime, time
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo


@cache
def zone_names() -> frozenset[str]:
    """The names of all zones with a region, and UTC. Other names are legacy aliases, and Java does not know all."""
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").splitlines()
    return frozenset({name for name in names if "/" in name} | {"UTC"})


@cache
def zone_rules(zone: str) -> ZoneInfo:
    """The rules of the zone. ZoneInfo(zone) would prefer those of the machine."""
    with resources.files("tzdata.zoneinfo").joinpath(*zone.split("/")).open("rb") as stream:
        return ZoneInfo.from_file(stream, zone)


def local_date(instant: datetime, zone: str) -> date:
    """The calendar day of the instant in the zone."""
    return instant.astimezone(zone_rules(zone)).date()


def midnight(day: date, zone: str | None) -> datetime:
    """The instant at which the day begins in the zone; None is UTC."""
    return datetime.combine(day, time(), zone_rules(zone) if zone else UTC).astimezone(UTC)
