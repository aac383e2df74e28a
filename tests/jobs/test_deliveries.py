"""What the ledger's rows say of a file."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pyspark.sql import Row, SparkSession

from jobs.runtime.ingest.deliveries import known_files


@pytest.fixture
def zagreb(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Zagreb")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def recorded(path: str, run_id: str, state: str, at: str, duplicates: int | None) -> Row:
    """As Spark hands it over: its time is of the machine's zone."""
    local = datetime.fromtimestamp(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())  # noqa: DTZ006
    return Row(path=path, run_id=run_id, state=state, recorded_at=local, duplicates=duplicates)


@pytest.mark.usefixtures("zagreb")
def test_what_an_undone_run_read_again_is_known_though_the_clock_shows_an_hour_twice() -> None:
    """At 01:00 UTC the clocks there went back from 03:00 to 02:00."""
    rows = [
        recorded("/in/a.csv", "first", "taken", "2026-10-24 12:00:00", 0),
        recorded("/in/b.csv", "first", "taken", "2026-10-24 12:00:00", 1),
        recorded("/in/a.csv", "bad", "withdrawn", "2026-10-25 00:50:00", 0),
        recorded("/in/b.csv", "first", "taken", "2026-10-25 01:10:00", 0),
    ]
    found = known_files(rows, set(), {"bad"})
    assert {path: row.duplicates for path, row in found.taken.items()} == {"/in/a.csv": 0, "/in/b.csv": None}


def test_rows_of_files_are_looked_for_from_a_day_before_their_run_on(spark: SparkSession) -> None:
    """A clock may have been set back since; rows of files that are not taken are gone."""
    rows = spark.createDataFrame([("20191003t115959_a",), ("20191003t120000_b",), ("20191009t000000_c",)], "run_id string")
    found = known_files([recorded("/in/a.csv", "20191004t120000_x", "taken", "2019-10-04 12:00:00", 0)], set(), set())
    assert [row.run_id[-1] for row in rows.filter(found.since(["/in/a.csv", "/in/b.csv"])).collect()] == ["b", "c"]
    assert rows.filter(found.since(["/in/b.csv"])).count() == 0
