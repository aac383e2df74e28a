"""Concurrent runs on one lake."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.errors import Overtaken
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.spark import session
from jobs.runtime.spark.arrow_conversion import to_arrow
from jobs.runtime.spark.duckdb_sql import open_database, to_duckdb_sql
from jobs.runtime.spark.small_frames import local_frame
from schemas.ops.files import FILES
from schemas.ops.forgotten import FORGOTTEN
from tests.conftest import InProcess, line

pytestmark = pytest.mark.both_lines


def of_forgotten(daily: InProcess) -> DataFrame:
    """A row for a table of a new lake."""
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    daily.lake.ensure(FORGOTTEN)
    return local_frame(
        daily.spark,
        FORGOTTEN,
        [{"domain": "a", "hash": "b", "salt": "c", "forgotten_at": "2026-11-20T00:00:00Z", "run_id": "r"}],
    )


def test_runs_that_make_the_same_tables_at_once_all_go_on(spark: SparkSession, daily: InProcess) -> None:
    settings = session.catalog_settings(str(daily.path), None)
    lakes = [Lake(spark.newSession()) for _ in range(3)]
    for lake in lakes:
        for key, value in settings.items():
            if key != "spark.sql.extensions":
                lake.spark.conf.set(key, value)
    together = threading.Barrier(len(lakes))

    def make(lake: Lake, number: int) -> int | None:
        table = replace(FILES, name=f"made_{number}.files")
        together.wait()
        lake.ensure(table)
        return lake.main(table)

    with ThreadPoolExecutor(len(lakes)) as pool:
        for number in range(8):
            assert list(pool.map(make, lakes, [number] * len(lakes))) == [None] * len(lakes)


def test_a_table_is_read_as_it_was_at_a_snapshot(daily: InProcess) -> None:
    one, lake = of_forgotten(daily), daily.lake
    lake.append(FORGOTTEN, one)
    then = lake.main(FORGOTTEN)
    lake.append(FORGOTTEN, one)
    assert (lake.frame(FORGOTTEN, then).count(), lake.published(FORGOTTEN).count()) == (1, 2)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Zagreb", "America/New_York", "Asia/Kolkata"])
def test_the_time_of_a_zone_is_the_same_in_duckdb(spark: SparkSession, zone: str) -> None:
    times = [
        "2019-10-26 23:59:59",
        "2019-10-27 00:30:00",
        "2019-10-27 01:30:00",
        "2019-11-03 05:30:00",
        "2019-11-03 06:30:00",
        "2020-03-29 01:00:00",
    ]
    instants = ", ".join(f"(TIMESTAMP '{time}', '{zone}')" for time in times)
    given = spark.sql(f"SELECT * FROM VALUES {instants} AS given(instant, zone)")
    query = to_duckdb_sql("SELECT instant, zone, from_utc_timestamp(instant, zone) AS local FROM given")
    with open_database() as database:
        database.register("given", to_arrow(given))
        by_duckdb = database.execute(query).fetchall()
    by_spark = to_arrow(given.selectExpr("instant", "zone", "from_utc_timestamp(instant, zone) AS local"))
    assert by_duckdb == [tuple(row.values()) for row in by_spark.to_pylist()]


def test_a_moved_lake_is_reported_before_anything_is_published(daily: InProcess) -> None:
    one, lake = of_forgotten(daily), daily.lake
    base = lake.main(FORGOTTEN)
    lake.require_main(FORGOTTEN, base)
    lake.append(FORGOTTEN, one)
    with pytest.raises(Overtaken, match=r"another run published ops\.forgotten"):
        lake.require_main(FORGOTTEN, base)
