"""Concurrent runs on one lake."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.day_ranges import DayRanges
from jobs.runtime.errors import Overtaken
from jobs.runtime.iceberg import staging as of_staged
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.spark import local_frames, session
from jobs.runtime.spark.frames import local_frame
from schemas.ecommerce.clean_events import CLEAN_EVENTS
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


@pytest.mark.parametrize("bound", ["MAX_SMALL_ROWS", "_MAX_SMALL_BYTES"])
def test_what_is_staged_is_large_by_its_rows_or_by_its_bytes(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    one = of_forgotten(daily)
    staged = daily.lake.stage(FORGOTTEN, one, "r", base=daily.lake.main(FORGOTTEN), replaces=None, properties={})
    assert staged.is_small
    monkeypatch.setattr(of_staged, bound, 0)
    assert not staged.is_small


@pytest.mark.parametrize(
    ("where", "found"),
    [("true", {1, 2}), ("hash = 'b' AND forgotten_at < TIMESTAMP'2026-11-20 00:00:01'", {1, 2}), ("hash = 'x'", set())],
)
def test_files_are_the_rows_of_a_snapshot_for_which_a_condition_holds(
    daily: InProcess, where: str, found: set[int]
) -> None:
    one = of_forgotten(daily)
    for _ in range(2):
        daily.lake.append(FORGOTTEN, one)
    files = daily.lake.local_files(FORGOTTEN, daily.lake.main(FORGOTTEN), where)
    daily.lake.append(FORGOTTEN, one)  # not one of them
    asked = {
        1: "SELECT hash FROM forgotten WHERE forgotten_at = TIMESTAMP '2026-11-20 00:00:00'",
        2: "SELECT 1 FROM forgotten GROUP BY xxhash64(hash, salt) HAVING count(*) > 1",
        3: "SELECT 1 FROM forgotten GROUP BY hash HAVING count(*) > 2",
    }
    assert local_frames.queries_with_rows(asked, {"forgotten": local_frames.View(one, files)}) == found


@pytest.mark.parametrize("folder", ["day=2020-01-01", "brand=acme", "event_time=x"])
def test_a_folder_above_the_lake_says_nothing_of_its_rows(daily: InProcess, folder: str) -> None:
    daily.path = daily.folder / folder / "lake"
    daily.deliver("a.csv", line(brand="rolex"), line(product_id="2", brand="rolex", event_time="2019-10-03 10:00:00"))
    assert daily.run() == 0, daily.output
    files = daily.lake.local_files(
        CLEAN_EVENTS,
        daily.lake.main(CLEAN_EVENTS),
        DayRanges.of((date(2019, 10, 1), date(2019, 10, 3))).sql_condition("event_time", "UTC"),
    )
    assert isinstance(files, local_frames.LocalFiles)
    asked = {
        1: "SELECT 1 FROM events WHERE brand = 'rolex' AND event_time = TIMESTAMP'2019-10-03 10:00:00'",
        2: "SELECT 1 FROM events WHERE brand <> 'rolex'",
    }
    assert local_frames.queries_with_rows(
        asked, {"events": local_frames.View(daily.table("ecommerce.clean_events").limit(0), files)}
    ) == {1}


def test_few_rows_are_read_from_files_as_spark_has_them(daily: InProcess) -> None:
    daily.deliver(
        "a.csv", line(event_type="cart"), line(price="x"), line(price="", product_id="2"), line(event_type="bought")
    )
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    for table in (table for job in daily.job.jobs for table in job.tables):
        frame, files = daily.lake.published(table), daily.lake.local_files(table, daily.lake.main(table), "true")
        by_files, by_spark = (
            local_frames.to_arrow(local_frames.View(*given)).to_pylist()
            for given in ((frame.limit(0), files), (frame,))
        )
        assert sorted(map(repr, by_files)) == sorted(map(repr, by_spark))
        assert by_spark


def test_files_that_are_older_than_a_column_are_read_by_spark_where_it_has_few_rows(daily: InProcess) -> None:
    before, row = replace(FORGOTTEN, columns=FORGOTTEN.columns[1:]), of_forgotten(daily).drop(FORGOTTEN.names[0])
    daily.spark.sql("DROP TABLE lake.ops.forgotten")
    daily.lake.ensure(before)
    daily.lake.append(before, row)
    daily.lake.evolve_schema(FORGOTTEN)
    frame, files = (
        daily.lake.published(FORGOTTEN),
        daily.lake.local_files(FORGOTTEN, daily.lake.main(FORGOTTEN), "true"),
    )
    asked = {
        1: f"SELECT 1 FROM forgotten WHERE {FORGOTTEN.names[0]} IS NULL",
        2: "SELECT 1 FROM forgotten WHERE hash <> 'b'",
    }
    assert local_frames.queries_with_rows(asked, {"forgotten": local_frames.View(frame, files)}) == {1}
    assert local_frames.queries_with_rows(asked, {"forgotten": local_frames.View(frame, files, is_small=False)}) is None
    assert local_frames.to_arrow(local_frames.View(frame, files))["hash"].to_pylist() == ["b"]


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
    views = {
        "given": local_frames.View(given),
        "expected": local_frames.View(given.selectExpr("from_utc_timestamp(instant, zone) AS told")),
    }
    query = "SELECT from_utc_timestamp(instant, zone) FROM given EXCEPT SELECT told FROM expected"
    assert local_frames.queries_with_rows({1: query, 2: query.replace("EXCEPT", "INTERSECT")}, views) == {2}


def test_only_the_files_of_the_days_that_are_asked_for_are_read(daily: InProcess) -> None:
    daily.deliver(
        "a.csv", *(line(product_id=str(day), event_time=f"2019-10-{day:02} 10:00:00") for day in range(1, 10))
    )
    assert daily.run() == 0, daily.output

    def files(first: int, last: int) -> Sequence[str]:
        days = DayRanges.of((date(2019, 10, first), date(2019, 10, last)))
        found = daily.lake.local_files(
            CLEAN_EVENTS, daily.lake.main(CLEAN_EVENTS), days.sql_condition("event_time", "UTC")
        )
        assert found
        return found.paths

    assert [Path(path).parent.name for path in sorted(files(2, 3))] == [
        "event_time_day=2019-10-02",
        "event_time_day=2019-10-03",
    ]
    assert len(files(1, 9)) == 9
    assert len(files(20, 21)) == 1  # defines the columns


def test_a_lake_whose_path_duckdb_would_take_for_a_pattern_is_asked_of_spark(daily: InProcess) -> None:
    daily.path = daily.folder / "lake*"
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    assert daily.lake.local_files(CLEAN_EVENTS, daily.lake.main(CLEAN_EVENTS), "true") is None


def test_a_moved_lake_is_reported_before_anything_is_published(daily: InProcess) -> None:
    one, lake = of_forgotten(daily), daily.lake
    base = lake.main(FORGOTTEN)
    lake.require_main(FORGOTTEN, base)
    lake.append(FORGOTTEN, one)
    with pytest.raises(Overtaken, match=r"another run published ops\.forgotten"):
        lake.require_main(FORGOTTEN, base)
