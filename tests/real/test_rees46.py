"""Real shop events: the first of October 2019 of a multi-category store."""

import gzip
import json
import random
from pathlib import Path

import duckdb
import pytest

from jobs.frames import content_hash
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.unique_visitors import UNIQUE_VISITORS
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from tests.conftest import InProcess

pytestmark = pytest.mark.real


def content(daily: InProcess) -> dict[str, str]:
    return {table.name: content_hash(daily.table(table.name).select(*table.data_columns)) for table in (CLEAN_EVENTS, VISITOR_FIRST_SEEN, UNIQUE_VISITORS)}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Zagreb"])
def test_the_day_is_accounted_for_and_its_visitors_are_those_of_duckdb(daily: InProcess, real_data: Path, zone: str) -> None:
    source = real_data / "rees46" / "2019-10-01.csv"
    assert daily.run("--time_zone", zone, given=source) == 0, daily.told
    assert "5,019 rows read = 5,016 kept + 0 rejected + 3 duplicate + 0 late" in daily.told
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(
        f"CREATE TABLE e AS SELECT DISTINCT * REPLACE (CAST(replace(event_time, ' UTC', '+00') AS TIMESTAMPTZ) AS event_time) FROM read_csv('{source}', all_varchar = true)"
    )
    day = "CAST(event_time AT TIME ZONE $zone AS DATE)"
    [(first, visitors, events, sessions, buyers)] = database.execute(
        f"SELECT min({day}), count(DISTINCT user_id), count(*), count(DISTINCT user_session || {day}), count(DISTINCT user_id) FILTER (event_type = 'purchase') FROM e",
        {"zone": zone},
    ).fetchall()
    assert (visitors, events) == (1755, 5016)
    starts = database.execute("SELECT date_trunc('week', $day)::DATE, date_trunc('month', $day)::DATE", {"day": first}).fetchone()
    assert starts
    measures = (visitors, events, sessions, buyers, visitors, 0, None)
    expected = {("day", first, *measures, False, zone), ("week", starts[0], *measures, True, zone), ("month", starts[1], *measures, True, zone)}
    expected |= {(grain, first, *measures, True, zone) for grain in ("rolling_7d", "rolling_28d")}
    assert {tuple(row) for row in daily.table("ecommerce.unique_visitors").collect()} == expected
    before = content(daily)
    assert daily.run("--time_zone", zone, given=source) == 0
    assert daily.told.count("nothing new") == 3
    assert content(daily) == before


def shuffled(lines: list[str], folder: Path) -> None:
    (folder / "a.csv").write_text("\n".join([lines[0], *random.Random(7).sample(lines[1:], len(lines) - 1)]) + "\n")


def split(lines: list[str], folder: Path) -> None:
    for number in range(20):
        (folder / f"{number:02}.csv").write_text("\n".join([lines[0], *lines[1 + number :: 20]]) + "\n")


def gzipped(lines: list[str], folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


def json_lines(lines: list[str], folder: Path) -> None:
    names = lines[0].split(",")
    typed = ({**dict(zip(names, one.split(","), strict=True)), "product_id": int(one.split(",")[2]), "price": float(one.split(",")[6])} for one in lines[1:])
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, typed)) + "\n")


def parquet(lines: list[str], folder: Path) -> None:
    (folder / "source").mkdir()
    (folder / "source" / "a.csv").write_text("\n".join(lines) + "\n")
    select = (
        "* REPLACE (CAST(replace(event_time, ' UTC', '+00') AS TIMESTAMPTZ) AS event_time, CAST(user_id AS BIGINT) AS user_id, CAST(price AS DOUBLE) AS price)"
    )
    duckdb.execute(
        f"SET TimeZone = 'UTC'; COPY (SELECT {select} FROM read_csv('{folder}/source/a.csv', all_varchar = true)) TO '{folder}/a.parquet' (FORMAT parquet)"
    )
    (folder / "source" / "a.csv").unlink()


@pytest.mark.parametrize("shape", [shuffled, split, gzipped, json_lines, parquet])
@pytest.mark.parametrize("name", ["simulator-input.csv"])
def test_the_same_rows_in_another_shape_are_the_same_tables(daily: InProcess, real_data: Path, tmp_path: Path, shape: object, name: str) -> None:
    source = real_data / "rees46" / name
    assert daily.run(given=source) == 0, daily.told
    expected = content(daily)
    lines = [one for one in source.read_text(encoding="utf-8-sig").splitlines() if one]
    assert callable(shape)
    shape(lines, daily.input)
    daily.path = tmp_path / "other"
    assert daily.run() == 0, daily.told
    assert content(daily) == expected


def test_a_byte_order_mark_hides_no_column(daily: InProcess, real_data: Path) -> None:
    assert daily.run(given=real_data / "rees46" / "with-bom.csv") == 0, daily.told
    assert "29 rows read = 29 kept" in daily.told
