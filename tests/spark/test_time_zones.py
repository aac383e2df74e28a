"""Local days are computed by rules that Java and Python agree on, or not at all."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.flights import clean_flights
from jobs.runtime import option_types
from jobs.runtime.errors import BadArgument
from jobs.runtime.spark import tzdata_check
from jobs.runtime.spark.java_classes import java_class
from jobs.runtime.time_zone_rules import zone_names
from schemas.flights.raw_flights import RAW_FLIGHTS
from tests.conftest import FEW_TABLES, InProcess, line, on_older_line

pytestmark = pytest.mark.both_lines

SPAN = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2022, 12, 31, tzinfo=UTC))


def test_all_zones_have_the_same_offsets_in_java_and_tzdata(spark: SparkSession) -> None:
    """Of years whose rules both have known for long."""
    known = java_class(spark, "java.time.ZoneId").getAvailableZoneIds()
    zones = [zone for zone in sorted(zone_names()) if not zone.startswith("Etc/") and known.contains(zone)]
    for zone in zones[::7]:
        tzdata_check.require_same_rules(spark, zone, *SPAN)


def test_a_change_is_found_to_the_second(spark: SparkSession) -> None:
    span = (datetime(2019, 3, 1, tzinfo=UTC), datetime(2019, 10, 27, 1, tzinfo=UTC))
    found = tzdata_check._by_java(spark, "Europe/Zagreb", *span)
    assert found == list(tzdata_check._by_tzdata("Europe/Zagreb", *span))
    assert [moment for moment, _ in found[1:]] == [datetime(2019, 3, 31, 1, tzinfo=UTC), span[1]]
    december = (datetime(2011, 12, 1, tzinfo=UTC), datetime(2011, 12, 31, tzinfo=UTC))
    [_, skipped] = tzdata_check._by_tzdata("Pacific/Apia", *december)
    assert skipped == (datetime(2011, 12, 30, 10, tzinfo=UTC), 14 * 3600)


def by_other_rules(zone: str, at: datetime) -> Any:
    """The rules of tzdata, by which the clock of one zone is changed once more."""
    by_tzdata = tzdata_check._by_tzdata

    def changed(name: str, first: datetime, last: datetime) -> Any:
        yield from by_tzdata(name, first, last)
        if first <= at <= last and name == zone:
            yield at, 3600

    return changed


def test_the_days_of_a_zone_are_compared_to_their_last_hour(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saturday evening in Nuuk, when it is Sunday in UTC."""
    last_hour = datetime(2019, 10, 6, 1, 30, tzinfo=UTC)
    monkeypatch.setattr(tzdata_check, "_by_tzdata", by_other_rules("America/Nuuk", last_hour))
    days = (date(2019, 10, 1), date(2019, 10, 5))
    with pytest.raises(BadArgument, match="disagree on the clock of America/Nuuk"):
        tzdata_check.require_same_days(spark, "America/Nuuk", *days)
    tzdata_check.require_same_days(spark, "America/Nuuk", days[0], date(2019, 10, 4))
    tzdata_check.require_same_days(spark, "Europe/Zagreb", *days)


def test_a_clock_that_goes_back_over_midnight_has_no_whole_days(spark: SparkSession) -> None:
    """At 00:01 on 7 November 2010 in St. John's it was 23:01 on the 6th again. In Beirut no day begins twice."""
    for first, last in ((date(2010, 10, 1), date(2010, 11, 6)), (date(2010, 11, 7), date(2010, 11, 7))):
        with pytest.raises(BadArgument, match="St_Johns went back over midnight at 2010-11-07 02:31 UTC"):
            tzdata_check.require_same_days(spark, "America/St_Johns", first, last)
    tzdata_check.require_same_days(spark, "America/St_Johns", date(2010, 11, 9), date(2011, 12, 31))
    for zone in ("Asia/Beirut", "America/Havana", "America/Asuncion"):
        tzdata_check.require_same_days(spark, zone, date(2019, 1, 1), date(2019, 12, 31))


@pytest.fixture
def _other_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tzdata_check, "_by_tzdata", by_other_rules("Europe/Zagreb", datetime(2019, 10, 3, tzinfo=UTC)))


@pytest.mark.slow
@on_older_line
@pytest.mark.usefixtures("_other_rules")
def test_other_rules_end_the_run_where_the_data_are_in_their_span(daily: InProcess) -> None:
    daily.job = FEW_TABLES
    daily.deliver("a.csv", line(event_time="2019-10-01 10:00:00 UTC"))
    assert daily.run("--time_zone", "Europe/Zagreb") == 0, daily.output
    daily.deliver("b.csv", line(event_time="2019-10-04 10:00:00 UTC"))
    assert daily.run("--time_zone", "Europe/Zagreb") == 2, daily.output
    assert "disagree on the clock of Europe/Zagreb from 2019-10-03 on: the time zone data of" in daily.output
    [recorded] = daily.table("ops.runs").filter("status = 'failed'").select("parameters_json").distinct().collect()
    assert json.loads(recorded[0])["time_zone_data"].startswith("Java 20")


@pytest.mark.nightly
@pytest.mark.slow
def test_only_the_zones_of_flights_that_are_delivered_are_compared(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flight(origin: str, day: int) -> str:
        return f"2013,1,{day},517,515,2,830,819,11,UA,1545,N14228,{origin},IAH,227,1400"

    monkeypatch.setattr(
        tzdata_check, "_by_tzdata", by_other_rules("America/Los_Angeles", datetime(2013, 1, 3, tzinfo=UTC))
    )
    daily.job = clean_flights.JOB
    options = ("--zones", "SFO=America/Los_Angeles,AUS=America/Chicago")
    header = ",".join(RAW_FLIGHTS.names)
    daily.deliver("a.csv", flight("EWR", 1), flight("AUS", 5), flight("SFO", 5), header=header)
    assert daily.run(*options) == 0, daily.output
    daily.deliver("b.csv", flight("EWR", 1), flight("EWR", 7), flight("AUS", 7), header=header)
    assert daily.run(*options) == 0, daily.output
    daily.deliver("c.csv", flight("SFO", 2), flight("SFO", 4), header=header)
    assert daily.run(*options) == 2, daily.output
    assert "disagree on the clock of America/Los_Angeles from 2013-01-03 on" in daily.output


@pytest.mark.parametrize(
    ("java", "tzdata", "advice"),
    [
        ("2023c", "2025.2", "the time zone data of Java are older; use a newer Java (Java 2023c, tzdata 2025.2)"),
        ("2025b", "2023.3", "the time zone data of Python are older; pip install --upgrade tzdata"),
        ("2025b", "2025.2", "the time zone data of one of them were changed; use a newer Java, or pip install"),
    ],
)
def test_the_message_says_which_data_are_old(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, java: str, tzdata: str, advice: str
) -> None:
    monkeypatch.setattr(tzdata_check, "_by_tzdata", lambda *_: [])
    monkeypatch.setattr(tzdata_check, "_java_version", lambda _: java)
    monkeypatch.setattr(tzdata_check.metadata, "version", lambda _: tzdata)
    with pytest.raises(BadArgument, match=re.escape(advice)):
        tzdata_check.require_same_rules(spark, "Europe/Zagreb", *SPAN)


@on_older_line
def test_a_zone_that_java_does_not_know_ends_the_run(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(option_types, "zone_names", lambda: {"Europe/Weir", "UTC"})
    daily.deliver("a.csv", line())
    by_job: list[tuple[Any, str, str]] = [
        (FEW_TABLES, "--time_zone", "Europe/Weir"),
        (clean_flights.JOB, "--zones", "SPU=Europe/Weir"),
    ]
    for daily.job, *option in by_job:
        assert daily.run(*option) == 2
        assert "Java does not know the zone Europe/Weir: the time zone data of" in daily.output
