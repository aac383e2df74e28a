"""Local days are computed by rules that Java and Python agree on, or not at all."""

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import available_timezones

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.errors import BadArgument
from jobs.runtime.spark import time_zones
from tests.conftest import FEW_TABLES, InProcess, line, on_older_line

pytestmark = pytest.mark.both_lines

SPAN = (date(2000, 1, 1), date(2022, 12, 31))


def test_all_zones_have_the_same_offsets_in_java_and_tzdata(spark: SparkSession) -> None:
    """Of years whose rules both have known for long."""
    zones = [zone for zone in sorted(available_timezones()) if "/" in zone and not zone.startswith("Etc/")]
    for zone in zones[::7]:
        time_zones.require_same_rules(spark, zone, *SPAN)


def test_a_change_is_found_to_the_second(spark: SparkSession) -> None:
    found = time_zones._by_java(spark, "Europe/Zagreb", date(2019, 3, 1), date(2019, 10, 31))
    assert found == list(time_zones._by_tzdata("Europe/Zagreb", date(2019, 3, 1), date(2019, 10, 31)))
    assert [moment for moment, _ in found[1:]] == [
        datetime(2019, 3, 31, 1, tzinfo=UTC),
        datetime(2019, 10, 27, 1, tzinfo=UTC),
    ]
    [_, skipped] = time_zones._by_tzdata("Pacific/Apia", date(2011, 12, 1), date(2011, 12, 31))
    assert skipped == (datetime(2011, 12, 30, 10, tzinfo=UTC), 14 * 3600)


@pytest.fixture
def _other_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules of tzdata by which the clocks of Zagreb changed on the third of October."""
    by_tzdata = time_zones._by_tzdata

    def changed(zone: str, first: date, last: date) -> Any:
        yield from by_tzdata(zone, first, last)
        if first <= date(2019, 10, 3) <= last and zone == "Europe/Zagreb":
            yield datetime(2019, 10, 3, tzinfo=UTC), 3600

    monkeypatch.setattr(time_zones, "_by_tzdata", changed)


@on_older_line
@pytest.mark.usefixtures("_other_rules")
def test_other_rules_end_the_run_where_the_data_are_in_their_span(daily: InProcess) -> None:
    daily.job = FEW_TABLES
    daily.deliver("a.csv", line(event_time="2019-10-01 10:00:00 UTC"))
    assert daily.run("--time_zone", "Europe/Zagreb") == 0, daily.output
    daily.deliver("b.csv", line(event_time="2019-10-04 10:00:00 UTC"))
    assert daily.run("--time_zone", "Europe/Zagreb") == 2, daily.output
    assert "disagree on the clock of Europe/Zagreb from 2019-10-03 on: the time zone data are Java 20" in daily.output
    [recorded] = daily.table("ops.runs").filter("status = 'failed'").select("parameters_json").distinct().collect()
    assert json.loads(recorded[0])["time_zone_data"].startswith("Java 20")


def test_the_message_names_both_versions(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_zones, "_by_tzdata", lambda *_: [])
    with pytest.raises(BadArgument, match=r"Java 20\d\d\w, tzdata 20\d\d\.\d+; update the older one"):
        time_zones.require_same_rules(spark, "Europe/Zagreb", *SPAN)
