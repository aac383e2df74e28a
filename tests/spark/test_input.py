"""Supported inputs and lakes: other column names, formats and locations."""

import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.ecommerce import clean_events
from tests.conftest import FEW_TABLES, HEADER, InProcess, line


@pytest.fixture(autouse=True)
def _one_table(daily: InProcess) -> None:
    daily.job = clean_events.JOB


CANNOT_BE = {
    "unknown zone": (["--time_zone", "Europe/Zagrb"], r"not an IANA time zone.*Europe/Zagreb"),
    "misspelt option": (["--timezone", "UTC"], r"unknown option --timezone; did you mean --time_zone"),
    "unknown name in --columns": (["--columns", "colour=brand"], r"--columns names \['colour'\]"),
    "s3 lake without a catalog": (["--lake", "s3://bucket/lake"], r"needs a catalog: --catalog glue"),
    "catalog that is no file": (["--catalog", "/no/such"], r"neither 'glue' nor a file"),
    "lake that cannot be written": (["--lake", "/dev/null/lake"], r"the lake /dev/null/lake cannot be opened"),
}


@pytest.mark.parametrize("case", CANNOT_BE)
def test_invalid_options_are_rejected_in_one_line(daily: InProcess, case: str) -> None:
    arguments, pattern = CANNOT_BE[case]
    daily.job = FEW_TABLES
    daily.deliver("a.csv", line())
    assert daily.run(*arguments) == 2, daily.output
    [message] = [one for one in daily.output.splitlines() if "ended with 2" in one]
    assert re.search(pattern, message), message
    assert "Traceback" not in daily.output


def test_a_lake_that_was_moved_says_from_where(daily: InProcess, tmp_path: Path) -> None:
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    home = str(daily.path)
    daily.path = daily.path.rename(tmp_path / "moved")
    assert daily.run() == 2
    assert f"was created at {home}" in daily.output
    Path(home).symlink_to(tmp_path / "moved")
    daily.path = Path(home)
    assert daily.run() == 0, daily.output


def test_parquet_files_of_different_columns_and_types_are_read_each_by_its_own(daily: InProcess) -> None:
    duckdb.execute("SET TimeZone = 'UTC'")
    event = "TIMESTAMPTZ '2019-10-01 10:00:00+00' AS event_time, 'view' AS event_type, 1 AS user_id"
    for name, columns in {
        "a": "1 AS product_id, 1.5 AS price",
        "b": "2 AS product_id, '2.5' AS price, 'acme' AS brand",
        "c": "3 AS product_id, 3.5::DOUBLE AS price",
    }.items():
        duckdb.execute(f"COPY (SELECT {event}, {columns}) TO '{daily.input}/{name}.parquet' (FORMAT parquet)")
    assert daily.run() == 0, daily.output
    found = {row.product_id: (row.brand, str(row.price)) for row in daily.table("ecommerce.clean_events").collect()}
    assert found == {1: (None, "1.50"), 2: ("acme", "2.50"), 3: (None, "3.50")}
    duckdb.execute(f"COPY (SELECT {event}, 4 AS product_id) TO '{daily.input}/d.parquet' (FORMAT parquet)")
    assert daily.run() == 2
    assert "d.parquet lacks" in daily.output


@pytest.mark.nightly
@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_sixty_files_that_all_differ_in_their_columns_are_taken_in_one_run(daily: InProcess, file_format: str) -> None:
    event = "'2019-10-01 10:00:00 UTC' AS event_time, 'view' AS event_type, 1.5 AS price, 1 AS user_id"
    for number in range(60):
        query = f"SELECT {event}, {number} AS product_id, 'x' AS note_{number}, {number}::DOUBLE AS size_{number}"
        duckdb.execute(f"COPY ({query}) TO '{daily.input}/{number}.{file_format}' (FORMAT {file_format})")
    assert daily.run() == 0, daily.output
    found = daily.table("ecommerce.clean_events").select("product_id").collect()
    assert sorted(row.product_id for row in found) == list(range(60))


@pytest.mark.nightly
def test_an_input_may_be_a_deep_glob_and_is_named_without_detours(daily: InProcess) -> None:
    (daily.input / "2019" / "10").mkdir(parents=True)
    daily.deliver("2019/10/a.csv", line(), line())
    assert daily.run(given=f"{daily.input}/../input/**/*.csv") == 0, daily.output
    [taken] = daily.table("ops.files").filter("state = 'taken'").collect()
    assert (taken.path, taken.rows, taken.duplicates) == (str(daily.input / "2019/10/a.csv"), 2, 1)
    assert daily.run() == 0
    assert "nothing new: every file is already taken" in daily.output


def test_a_lake_inside_the_input_is_not_read(daily: InProcess) -> None:
    daily.deliver("a.csv", line())
    daily.path = daily.input / "lake"
    assert daily.run() == 0, daily.output
    assert daily.run() == 0, daily.output
    assert daily.table("ecommerce.clean_events").count() == 1


@pytest.mark.slow
def test_columns_may_have_other_names_delimiters_and_no_header(daily: InProcess) -> None:
    daily.deliver(
        "a.csv",
        line().replace(",", ";"),
        header=HEADER.replace("event_time", "ts").replace("user_id", "customer").replace(",", ";"),
    )
    assert daily.run("--columns", "event_time=ts,user_id=customer", "--delimiter", ";") == 0, daily.output
    (daily.input / "a.csv").unlink()
    daily.deliver("b.csv", line(product_id="2"), line(product_id="3"), header="")
    assert daily.run("--no_header") == 0, daily.output
    assert daily.table("ecommerce.clean_events").count() == 3


def test_a_time_in_nanoseconds_is_taken_if_it_is_one_of_microseconds(daily: InProcess) -> None:
    times = pa.array([1_569_931_200_000_001_000, 1_569_931_200_000_001_001], pa.timestamp("ns"))
    twice = {"event_type": ["view"] * 2, "product_id": [1, 2], "price": [1.5] * 2, "user_id": [1] * 2}
    parquet.write_table(pa.table({"event_time": times, **twice}), daily.input / "a.parquet")
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert [row.product_id for row in daily.table("ecommerce.clean_events").collect()] == [1]
    [rejected] = daily.table("ecommerce.rejected_events").collect()
    assert (rejected.problems, '"2019-10-01 12:00:00.000001001"' in rejected.raw_line) == (["unparsable_time"], True)
