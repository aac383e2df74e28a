"""Sizes, memory and time zones, each run in its own process. `make faults` is full size, `make test-faults` small."""

import gzip
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from jobs.ecommerce import clean_events
from tests.conftest import HEADER, InProcess, line
from tests.faults import IS_FULL, fault
from tests.processes import TABLES, deliver, finished, undisturbed

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]
Run = Callable[..., str]
MB = 1 << 20
ONE_GIB = {"SPARK_DRIVER_MEMORY": "1g"}


@pytest.fixture
def run(daily: InProcess) -> Run:
    """Run a process on the lake and input of the test. It must succeed. Returns its output."""

    def ended(job: str, *arguments: str, **environment: str) -> str:
        command = [
            sys.executable,
            "-m",
            "jobs",
            job,
            "--input",
            str(daily.input),
            "--lake",
            str(daily.path),
            *arguments,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return ended


def looked_at(daily: InProcess) -> InProcess:
    """The lake of a process, opened in the session of the tests."""
    daily.job = clean_events.JOB
    assert daily.run() == 0, daily.output
    assert "nothing new" in daily.output
    return daily


def events(path: Path, rows: int, user: str = "i // 20", session: str = "md5(CAST(i // 10 AS VARCHAR))") -> Path:
    """Write a file with this many different events over 28 days. The columns of row `i` are SQL expressions."""
    columns = {
        "event_time": "strftime(TIMESTAMP '2019-10-01' + to_seconds((i * 7919) % 2419200), '%Y-%m-%d %H:%M:%S UTC')",
        "event_type": "list_value('view', 'view', 'view', 'cart', 'purchase')[1 + i % 5]",
        "product_id": "i % 20011",
        "category_id": "i % 97",
        "category_code": "'kind' || i % 13 || '.sort' || i % 97",
        "brand": "'brand' || i % 53",
        "price": "1 + i % 20011 % 900",
        "user_id": user,
        "user_session": session,
    }
    selected = ", ".join(f"{says} AS {name}" for name, says in columns.items())
    duckdb.execute(f"COPY (SELECT {selected} FROM range({rows}) AS t(i)) TO '{path}' (HEADER)")
    return path


@fault(
    "I10",
    injected="a line of 50 MB, lines of 10,000 and of 30,000 columns",
    checked="rejected as a whole, with the default driver memory of 3 GiB",
)
def test_a_line_of_50_mb_is_rejected_in_little_memory(daily: InProcess, run: Run) -> None:
    daily.deliver("a.csv", line(), "x" * 50 * MB, line(product_id="2"))
    assert "3 rows read = 2 kept + 1 rejected" in run(
        "ecommerce.clean_events", "--max_rejected_share", "1", SPARK_DRIVER_MEMORY="3g"
    )
    rejected = (
        looked_at(daily)
        .table("ecommerce.rejected_events")
        .selectExpr("length(raw_line) AS length", "problems")
        .collect()
    )
    assert [(row.length, row.problems) for row in rejected] == [(50 * MB, ["truncated_or_malformed"])]


@fault(
    "I12",
    injected=f"{1000 if IS_FULL else 50} MB in a gzip file of a thousandth of the size",
    checked="every row counted, with 1 GiB of driver memory",
)
def test_a_bomb_is_read_in_little_memory(daily: InProcess, run: Run) -> None:
    rows = 1_000 if IS_FULL else 50
    long = line(brand="a" * MB) + "\n"
    with gzip.open(daily.input / "a.csv.gz", "wt", compresslevel=9) as bomb:
        bomb.write(f"{HEADER}\n")
        for _ in range(rows):
            bomb.write(long)
    assert (daily.input / "a.csv.gz").stat().st_size < rows * len(long) / 900
    assert f"{rows:,} rows read = 1 kept + 0 rejected + {rows - 1:,} duplicate" in run(
        "ecommerce.clean_events", **ONE_GIB
    )


@fault(
    "I12",
    injected=f"one line of {2000 if IS_FULL else 20} MB in a gzip file of a thousandth of the size",
    checked="2 if the file exceeds --max_file_bytes",
)
def test_a_bomb_of_one_line_is_refused(daily: InProcess) -> None:
    daily.job = clean_events.JOB
    with gzip.open(daily.input / "a.csv.gz", "wt", compresslevel=9) as bomb:
        bomb.write(f"{HEADER}\n{line()}\n")
        for _ in range(2_000 if IS_FULL else 20):
            bomb.write("a" * MB)
    assert daily.run("--max_file_bytes", str(10 * MB)) == 2
    assert f"{daily.input / 'a.csv.gz'} holds more than --max_file_bytes {10 * MB}; no file was taken" in daily.output
    daily.deliver("b.csv", line())
    (daily.input / "a.csv.gz").unlink()
    assert daily.run("--max_file_bytes", str(10 * MB)) == 0, daily.output


TINY, BIG, GIGABYTES = (100_000, 5_000_000, 10) if IS_FULL else (300, 100_000, 0.01)


@fault("I19", injected=f"{TINY:,} files of one row each", checked="each row once, in one file per table and day")
def test_very_many_tiny_files_make_no_tiny_files(daily: InProcess, run: Run) -> None:
    for number in range(TINY):
        daily.deliver(f"{number}.csv", line(product_id=str(number), event_time=f"2019-10-0{1 + number % 3} 10:00:00"))
    assert f"{TINY:,} rows read = {TINY:,} kept" in run("ecommerce.clean_events")
    daily.spark.conf.set("spark.sql.shuffle.partitions", "1")
    assert looked_at(daily).table("ecommerce.clean_events.files").count() == 3
    assert {
        row.state
        for row in daily.table("ops.files").groupBy("path").agg({"state": "max"}).toDF("path", "state").collect()
    } == {"taken"}


@fault("I19", injected=f"a file of {GIGABYTES} GB")
def test_one_very_big_file_is_read(daily: InProcess, run: Run) -> None:
    big = events(
        daily.input / "a.csv",
        BIG,
        session="repeat(md5(CAST(i // 10 AS VARCHAR)), 62)" if IS_FULL else "md5(CAST(i AS VARCHAR))",
    )
    assert big.stat().st_size > GIGABYTES * 1e9
    assert f"{BIG:,} rows read = {BIG:,} kept" in run("ecommerce.clean_events")


ZONES = ["UTC", "Europe/Zagreb", "America/New_York", "Asia/Kathmandu"] if IS_FULL else ["America/New_York"]


@fault(
    "I22",
    injected=f"a machine in each of {', '.join(ZONES)}",
    checked="the same tables as in Asia/Kathmandu, by content hash",
)
@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_of_the_machine_changes_nothing(daily: InProcess, run: Run, zone: str) -> None:
    deliver(daily.input)
    run("ecommerce.daily", TZ=zone)
    assert finished(daily, daily.input, daily.folder / "lake") == undisturbed()


ROWS = 5_000_000 if IS_FULL else 100_000


@fault("R11", injected=f"{ROWS:,} rows, 1 GiB of driver memory", checked="all tables are published")
def test_many_rows_need_little_memory(daily: InProcess, run: Run) -> None:
    events(daily.input / "a.csv", ROWS)
    output = run("ecommerce.daily", **ONE_GIB)
    assert f"{ROWS:,} rows read = {ROWS:,} kept" in output
    published = re.findall(r"│ (ecommerce\.\w+) +│ published", output)
    assert sorted(published) == sorted(table.name for table in TABLES), output


SKEWED = 2_000_000 if IS_FULL else 50_000


@fault(
    "R12",
    injected=f"half of {SKEWED:,} events from one visitor",
    checked="at most twice the time of evenly distributed visitors",
)
def test_one_visitor_with_half_of_all_events_takes_no_more_than_twice_the_time(daily: InProcess, run: Run) -> None:
    seconds = []
    for user in ("i // 20", "CASE WHEN i % 2 = 0 THEN 1 ELSE i // 20 END"):
        events(daily.input / "a.csv", SKEWED, user)
        began = time.monotonic()
        run("ecommerce.daily")
        seconds.append(time.monotonic() - began)
        daily.path = daily.folder / "skewed"
    assert seconds[1] < 2 * seconds[0], seconds
