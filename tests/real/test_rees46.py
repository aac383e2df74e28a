"""Real shop events: the first of October 2019 of a multi-category store."""

import gzip
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from pyspark.sql import functions as F

from jobs.ecommerce import abandoned_carts, cart_abandonment, clean_events
from jobs.ecommerce.daily import JOB as DAILY
from jobs.runtime.job import Pipeline
from jobs.runtime.spark.small_frames import content_hash
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.top_categories import TOP_CATEGORIES
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from tests import oracles
from tests.conftest import FEW_TABLES, InProcess
from tests.marts import MARTS

pytestmark = pytest.mark.real


CARTS = Pipeline("ecommerce.carts", [clean_events.JOB, abandoned_carts.JOB, cart_abandonment.JOB])


def snapshots(daily: InProcess) -> dict[str, int | None]:
    return {table.name: daily.lake.main(table) for job in DAILY.jobs for table in job.tables}


def content(daily: InProcess) -> dict[str, str]:
    return {
        table.name: content_hash(daily.table(table.name).select(*table.data_columns))
        for table in (CLEAN_EVENTS, VISITOR_FIRST_SEEN, UNIQUE_VISITORS)
    }


@pytest.mark.parametrize("zone", [pytest.param("UTC", marks=pytest.mark.nightly), "Europe/Zagreb"])
def test_the_day_is_accounted_for_and_every_number_is_that_of_the_oracle(
    daily: InProcess, real_data: Path, zone: str
) -> None:
    source = real_data / "rees46" / "2019-10-01.csv"
    daily.job = DAILY
    assert daily.run("--time_zone", zone, given=source) == 0, daily.output
    assert "5,019 rows read = 5,016 kept + 0 rejected + 3 duplicate + 0 late" in daily.output
    database = oracles.of_file(source)
    assert database.execute("SELECT count(*), count(DISTINCT user_id) FROM given").fetchall() == [(5016, 1755)]
    as_of = datetime(2019, 10, 2, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for table, mart in MARTS.items():
        expected = oracles.answer(
            database,
            table.stem,
            as_of=as_of,
            time_zone=zone,
            **{**mart.options, **({"k": 10} if table is TOP_CATEGORIES else {})},
        )
        oracles.assert_same(oracles.collected(daily.table(table.name)), expected, table.key)
    before = snapshots(daily)
    assert daily.run("--time_zone", zone, given=source) == 0
    assert daily.output.count("nothing new") == len(DAILY.jobs)
    assert snapshots(daily) == before


def test_the_carts_of_the_day(daily: InProcess, real_data: Path) -> None:
    daily.job = CARTS
    assert daily.run(given=real_data / "rees46" / "2019-10-01.csv") == 0, daily.output
    lines = (
        daily.table("ecommerce.abandoned_carts").groupBy("status").agg(F.count("*"), F.sum("value_at_risk")).collect()
    )
    assert {row[0]: row[1] for row in lines} == {"open": 25, "purchased": 11}
    assert {row[0]: str(row[2]) for row in lines}["open"] == "11319.51"
    [session] = daily.table("ecommerce.cart_abandonment").filter("grain = 'session'").collect()
    assert (session.carts, session.abandoned) == (35, 25)


def shuffled(lines: list[str], folder: Path) -> None:
    (folder / "a.csv").write_text("\n".join([lines[0], *random.Random(7).sample(lines[1:], len(lines) - 1)]) + "\n")


def split(lines: list[str], folder: Path) -> None:
    for number in range(20):
        (folder / f"{number:02}.csv").write_text("\n".join([lines[0], *lines[1 + number :: 20]]) + "\n")


def gzipped(lines: list[str], folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


def json_lines(lines: list[str], folder: Path) -> None:
    names = lines[0].split(",")
    typed = (
        {
            **dict(zip(names, one.split(","), strict=True)),
            "product_id": int(one.split(",")[2]),
            "price": float(one.split(",")[6]),
        }
        for one in lines[1:]
    )
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, typed)) + "\n")


def parquet(lines: list[str], folder: Path) -> None:
    (folder / "source").mkdir()
    (folder / "source" / "a.csv").write_text("\n".join(lines) + "\n")
    select = (
        "* REPLACE (CAST(replace(event_time, ' UTC', '+00') AS TIMESTAMPTZ) AS event_time,"
        " CAST(user_id AS BIGINT) AS user_id, CAST(price AS DOUBLE) AS price)"
    )
    duckdb.execute(
        f"SET TimeZone = 'UTC'; COPY (SELECT {select} FROM read_csv('{folder}/source/a.csv', all_varchar = true))"
        f" TO '{folder}/a.parquet' (FORMAT parquet)"
    )
    (folder / "source" / "a.csv").unlink()


SHAPES = [
    ("with-bom.csv", shuffled),
    *(("simulator-input.csv", shape) for shape in (parquet, json_lines, shuffled, split, gzipped)),
]


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_the_same_rows_in_another_shape_are_the_same_tables(
    daily: InProcess, real_data: Path, tmp_path: Path, shape: object, name: str
) -> None:
    source = real_data / "rees46" / name
    daily.job = FEW_TABLES
    assert daily.run(given=source) == 0, daily.output
    assert "0 rejected" in daily.output
    expected = content(daily)
    lines = [one for one in source.read_text(encoding="utf-8-sig").splitlines() if one]
    assert callable(shape)
    shape(lines, daily.input)
    daily.path = tmp_path / "other"
    assert daily.run() == 0, daily.output
    assert content(daily) == expected
