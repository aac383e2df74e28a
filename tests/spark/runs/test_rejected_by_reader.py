"""Rejected rows of every reader, in every format and type, are replayed as a run with a later clock would take them."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.accounts import clean_accounts, clean_visits
from jobs.flights import clean_flights
from jobs.lake import replay_rejected
from jobs.movies import clean_movies, clean_ratings
from jobs.runtime.job import Job, Pipeline
from jobs.runtime.maintenance import domain_jobs
from jobs.runtime.spark.small_frames import content_hash
from tests.conftest import InProcess
from tests.faults import IS_FULL

pytestmark = pytest.mark.slow

ROWS = 1_000 if IS_FULL else 90
Values = dict[str, Any]
ANY_SHARE = ("--max_rejected_share", "1")


@dataclass(frozen=True)
class Case:
    """A job, a clock that is too early for its rows, and how to make rows of its files.

    `types` are the Parquet types of some columns, for one file each.
    """

    job: Job
    clock: str
    row: Callable[[Random], Values]
    types: list[dict[str, pa.DataType]]
    before: list[Job] = field(default_factory=list)


def word(random: Random) -> str | None:
    letters = [
        "a",
        "B",
        " ",
        "e\u0301",
        "\u00a0",
        "š",
        "漢",
        "😀",
        '"',
        "\\",
        ",",
        "'",
        "\t",
        "\u200b",
        "7",
        ".",
        "{",
        "|",
    ]
    return "".join(random.choices(letters, k=random.randrange(1, 9))) if random.random() < 0.8 else None


def account(random: Random) -> Values:
    born = dt.date(1990, 1, 1) + dt.timedelta(days=random.randrange(3_000))
    return {
        "customer_id": random.randrange(1, 1 << 40),
        "name": word(random),
        "email": random.choice([None, "Ana@Example.COM", "a@b.hr", "no address"]),
        "dateofbirth": born,
        "accountopeningdate": random.choice([None, born + dt.timedelta(days=9_000)]),
        "city": word(random),
        "spent": random.choice([None, 1.5, 1e7, 0.125]),
        "since": random.choice([None, dt.datetime(2015, 1, 2, 3, 4, 5, 678901)]),  # noqa: DTZ001
        "visits": random.choice([None, [], [1, 2]]),
    }


def visit(random: Random) -> Values:
    at = dt.datetime(2019, 10, 2) + dt.timedelta(microseconds=random.randrange(86_400_000_000))  # noqa: DTZ001
    user = random.choice([random.randrange(50), random.randrange(1 << 40)])
    return {"user_id": user, "email": random.choice([None, "a@B.hr"]), "visited_at": at, "page": word(random)}


def flight(random: Random) -> Values:
    planned, delay = (
        random.randrange(24) * 100 + random.randrange(60),
        random.choice([None, random.randrange(-20, 300)]),
    )
    departed = None if delay is None else (planned // 100 * 60 + planned % 100 + delay) % 1440
    return {
        "year": 2013,
        "month": 1,
        "day": random.randrange(10, 28),
        "dep_time": None if departed is None else departed // 60 * 100 + departed % 60,
        "sched_dep_time": planned,
        "dep_delay": delay,
        "arr_time": None,
        "sched_arr_time": 2400,
        "arr_delay": None if delay is None else random.choice([None, delay + 5]),
        "carrier": random.choice(["ua", "B6", "?"]),
        "flight": random.randrange(9_999),
        "tailnum": word(random),
        "origin": random.choice(["EWR", "jfk", "LGA"]),
        "dest": "IAH",
        "air_time": 100,
        "distance": 1400,
    }


def rating(random: Random) -> Values:
    return {
        "userId": random.randrange(1 << 40),
        "movieId": random.randrange(1, 4),
        "rating": random.choice([0.5, 4, 4.5, 7]),
        "timestamp": 981_000_000 + random.randrange(1_000_000),
    }


TEXT, BYTES, DOUBLE = pa.string(), pa.binary(), pa.float64()
CASES = {
    "accounts": Case(
        clean_accounts.JOB,
        "1980-01-01T00:00:00Z",
        account,
        [
            {"customer_id": pa.uint64(), "name": pa.large_string(), "dateofbirth": pa.date32()},
            {"customer_id": DOUBLE, "name": BYTES, "dateofbirth": pa.timestamp("ns"), "spent": pa.float32()},
            {"customer_id": BYTES, "email": BYTES, "dateofbirth": TEXT, "spent": pa.decimal128(20, 5), "city": BYTES},
        ],
    ),
    "visits": Case(
        clean_visits.JOB,
        "2019-10-01T12:00:00Z",
        visit,
        [
            {"user_id": pa.int64(), "visited_at": pa.timestamp("us")},
            {"user_id": DOUBLE, "visited_at": pa.timestamp("ns", "UTC"), "email": BYTES},
            {"user_id": BYTES, "visited_at": TEXT, "page": pa.large_string()},
            {"user_id": pa.decimal128(20, 0), "visited_at": pa.timestamp("us", "UTC"), "page": BYTES},
        ],
    ),
    "flights": Case(
        clean_flights.JOB,
        "2013-01-01T00:00:00Z",
        flight,
        [
            {"dep_time": DOUBLE, "arr_delay": DOUBLE, "flight": pa.int16(), "arr_time": pa.int32()},
            {"dep_time": pa.decimal128(6, 1), "origin": BYTES, "tailnum": BYTES, "arr_time": pa.int8()},
            {"dep_time": TEXT, "year": TEXT, "distance": pa.float32(), "arr_time": TEXT},
        ],
    ),
    "ratings": Case(
        clean_ratings.JOB,
        "2001-01-01T00:00:00Z",
        rating,
        [
            {"userId": pa.uint64(), "rating": DOUBLE},
            {"userId": pa.decimal128(20, 0), "rating": pa.decimal128(3, 2), "timestamp": pa.uint32()},
            {"userId": BYTES, "rating": TEXT, "timestamp": TEXT},
        ],
        [clean_movies.JOB],
    ),
}


def plain(value: Any) -> str:
    return "" if value is None else f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)


def csv_line(values: Values) -> str:
    return ",".join('"' + plain(value).replace('"', '""') + '"' for value in values.values())


def json_line(values: Values, random: Random) -> str:
    def written(value: Any) -> Any:
        return str(value) if isinstance(value, dt.date) or (value and random.random() < 0.3) else value

    return json.dumps({name: written(value) for name, value in values.items()}, ensure_ascii=random.random() < 0.5)


def array(values: list[Any], kind: pa.DataType | None) -> pa.Array:
    if kind is not None and pa.types.is_decimal(kind):
        values = [None if value is None else Decimal(plain(value)) for value in values]
    elif kind in (TEXT, BYTES, pa.large_string()):
        values = [None if value is None else plain(value) for value in values]
    elif kind is not None and pa.types.is_timestamp(kind):
        values = [
            value and dt.datetime(*value.timetuple()[:6], getattr(value, "microsecond", 0))  # noqa: DTZ001
            for value in values
        ]
    return pa.array(values, kind)


def deliver(daily: InProcess, case: Case, random: Random) -> None:
    rows, kinds = [case.row(random) for _ in range(ROWS)], 2 + len(case.types)
    parts = [rows[start::kinds] for start in range(kinds)]
    daily.deliver("a.csv", *map(csv_line, parts[0]), "cut", header=",".join(rows[0]))
    daily.deliver("b.jsonl", *(json_line(row, random) for row in parts[1]), '{"cut', '{"name": "\\ud83d"}', header="")
    for number, (part, types) in enumerate(zip(parts[2:], case.types, strict=True)):
        columns = {name: array([row[name] for row in part], types.get(name)) for name in rows[0]}
        parquet.write_table(pa.table(columns), daily.input / f"{number}.parquet")


def content(daily: InProcess, job: Job) -> tuple[str, list[str]]:
    assert job.rejects
    lines = sorted(row.raw_line for row in daily.table(job.rejects.name).collect())
    return content_hash(daily.table(job.name).select(*job.writes.data_columns)), lines


@pytest.mark.nightly
@pytest.mark.parametrize("name", CASES)
def test_rows_that_a_later_clock_takes_are_replayed_as_they_were_delivered(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case, domain = CASES[name], CASES[name].job.writes.domain
    monkeypatch.setitem(domain_jobs.PIPELINES, domain, Pipeline(f"{domain}.daily", [*case.before, case.job]))
    deliver(daily, case, Random(31))
    movies = daily.folder / "movies.csv"
    movies.write_text("movieId,title,genres\n1,Heat (1995),Crime\n2,Ran (1985),War\n")

    def run(*options: str) -> None:
        for job in case.before:
            daily.job = job
            assert daily.run(given=movies) == 0, daily.output
        daily.job = case.job
        assert daily.run(*options, *ANY_SHARE) == 0, daily.output

    run("--clock", case.clock)
    assert daily.table(case.job.name).count() == 0
    assert daily.run("--domain", domain, job=replay_rejected.JOB) == 0, daily.output
    replayed, kept = content(daily, case.job), daily.table(case.job.name).count()
    daily.path = daily.folder / "later"
    run()
    assert content(daily, case.job) == replayed
    assert kept > 0.2 * ROWS
