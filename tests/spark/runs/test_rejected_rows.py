"""Rejected rows lose nothing of what was delivered in any format: they can be replayed, and persons are found."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.ecommerce import clean_events
from jobs.lake import forget, replay_rejected
from jobs.runtime.job import Pipeline
from jobs.runtime.maintenance import domain_jobs, erasure
from jobs.runtime.spark.small_frames import content_hash
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import HEADER, InProcess
from tests.faults import IS_FULL

pytestmark = pytest.mark.slow

EARLY = ("--clock", "2019-10-01T12:00:00Z", "--max_rejected_share", "1")
COLUMNS = HEADER.split(",")
ROWS = 2_000 if IS_FULL else 300
Values = dict[str, Any]


@pytest.fixture
def shop(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    daily.job = clean_events.JOB
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", Pipeline("ecommerce.daily", [clean_events.JOB]))
    return daily


def tomorrow(random: Random) -> dt.datetime:
    """A time that the early clock refuses, and the real one takes."""
    return dt.datetime(2019, 10, 2, tzinfo=dt.UTC) + dt.timedelta(microseconds=random.randrange(86_400_000_000))


def name(random: Random) -> str | None:
    letters = [
        "a",
        "B",
        " ",
        "é",
        "e\u0301",
        "š",
        "漢",
        "😀",
        '"',
        "\\",
        ",",
        ";",
        "'",
        "\t",
        "\u200b",
        "\u2400",
        "7",
        ".",
        "{",
    ]
    return "".join(random.choices(letters, k=random.randrange(1, 9))) if random.random() < 0.9 else None


def event(random: Random) -> Values:
    at = tomorrow(random)
    return {
        "event_time": at.replace(tzinfo=None),
        "event_type": random.choice(["view", "CART", " buy ", "remove"]),
        "product_id": random.choice([random.randrange(10), random.randrange(1 << 62)]),
        "category_id": random.choice([None, 7, 1 << 60]),
        "category_code": random.choice([None, "a.b", " A . B", name(random)]),
        "brand": name(random),
        "price": random.choice([0, 5, 1.5, 35.79, 1e7, 0.125, 123456.789]),
        "user_id": random.randrange(1 << 40),
        "user_session": name(random),
    }


def plain(value: Any) -> str:
    return "" if value is None else f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)


def csv_line(values: Values, delimiter: str = ",") -> str:
    """Every field in quotes, so that any text fits. A line break would need --multi_line."""
    return delimiter.join('"' + plain(values[column]).replace('"', '""') + '"' for column in COLUMNS)


def json_line(values: Values, random: Random) -> str:
    def written(value: Any) -> Any:
        return (
            str(value)
            if isinstance(value, dt.datetime) or (isinstance(value, int) and random.random() < 0.5)
            else value
        )

    given = {column: written(values[column]) for column in random.sample(COLUMNS, len(COLUMNS))}
    return json.dumps(given, ensure_ascii=random.random() < 0.5)


PARQUET_TYPES: list[dict[str, pa.DataType]] = [
    {"event_time": pa.timestamp("us"), "price": pa.float64(), "brand": pa.binary()},
    {"event_time": pa.timestamp("ns", "UTC"), "price": pa.decimal128(18, 4), "user_id": pa.uint64()},
    {"event_time": pa.string(), "price": pa.string(), "product_id": pa.string(), "user_session": pa.large_string()},
    {"event_time": pa.timestamp("us", "UTC"), "user_id": pa.decimal128(20, 0), "category_id": pa.float64()},
]


def parquet_table(rows: list[Values], types: dict[str, pa.DataType]) -> pa.Table:
    def array(column: str) -> pa.Array:
        kind, values = types.get(column), [row[column] for row in rows]
        if kind is not None and pa.types.is_decimal(kind):
            values = [None if value is None else Decimal(plain(value)) for value in values]
        elif kind in (pa.string(), pa.large_string(), pa.binary()):
            values = [None if value is None else plain(value) for value in values]
        elif column == "category_id" and kind == pa.float64():
            values = [None if value is None else 7.0 for value in values]
        return pa.array(values, kind)

    return pa.table({column: array(column) for column in COLUMNS})


def deliver_all(shop: InProcess, random: Random) -> None:
    rows = [event(random) for _ in range(ROWS)]
    parts = [rows[start :: 3 + len(PARQUET_TYPES)] for start in range(3 + len(PARQUET_TYPES))]
    shop.deliver(
        "a.csv", *map(csv_line, parts[0]), '"2019-10-02 10:00:00",view,x', csv_line({**parts[0][0], "price": -1})
    )
    shop.deliver("b.jsonl", *(json_line(row, random) for row in parts[1]), '{"event_time": "cut', header="")
    shop.deliver("c.json", *(json_line(row, random) for row in parts[2]), r'{"brand": "\ud83d"}', header="")
    for number, types in enumerate(PARQUET_TYPES):
        parquet.write_table(parquet_table(parts[3 + number], types), shop.input / f"{number}.parquet")


def content(shop: InProcess) -> tuple[str, list[str]]:
    """The clean rows, and the lines of the rejected ones. A row that stays rejected keeps its first problems."""
    rejected = shop.table("ecommerce.rejected_events").collect()
    return (
        content_hash(shop.table("ecommerce.clean_events").select(*CLEAN_EVENTS.data_columns)),
        sorted(row.raw_line for row in rejected),
    )


@pytest.mark.nightly
def test_rejected_rows_replayed_are_those_of_a_run_with_a_later_clock(shop: InProcess, tmp_path: Path) -> None:
    deliver_all(shop, Random(31))
    assert shop.run(*EARLY) == 0, shop.output
    assert shop.table("ecommerce.clean_events").count() == 0
    assert shop.run(job=replay_rejected.JOB) == 0, shop.output
    replayed, kept = content(shop), shop.table("ecommerce.clean_events").count()
    shop.path = tmp_path / "later"
    assert shop.run("--max_rejected_share", "1") == 0, shop.output
    assert content(shop) == replayed
    assert kept > 0.9 * ROWS


PERSON = "512345678"
OTHERS = ("5123456789", "1512345678", "51234567", "512345679")


def spellings(random: Random) -> Iterator[str]:
    """JSON values that are read as the person."""
    spaces = ["", " ", "\\t", "\\u00a0", "\\u2003", "  "]
    while True:
        digits = "0" * random.randrange(3) + PERSON
        escaped = "".join(f"\\u{ord(one):04x}" if random.random() < 0.3 else one for one in digits)
        yield f'"{random.choice(spaces)}{escaped}{random.choice(spaces)}"'
        yield random.choice([PERSON, "5.12345678E8", "5.12345678e+8", "51234567.8e1", "512345678.0", "512345678.000"])


def of_person(random: Random, value: str) -> str:
    problem = random.choice([{}, {"price": "x"}, {"event_type": "hover"}, {"event_time": "now"}, {"product_id": "-1"}])
    values = {"event_time": "2019-10-01 10:00:00", "event_type": "view", "product_id": "1", "price": "1.5", **problem}
    return json.dumps({**values, "session": random.randrange(1 << 30)})[:-1] + f', "user_id": {value}}}'


@pytest.mark.nightly
def test_a_person_is_erased_in_any_spelling_of_any_format(shop: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(32)
    given = spellings(random)
    lines = [of_person(random, next(given)) for _ in range(300)]
    others = [of_person(random, f'"{OTHERS[number % len(OTHERS)]}"') for number in range(40)]
    shop.deliver("a.jsonl", *lines, *others, header="")
    rows = [
        f"2019-10-01 10:00:0{number % 10},view,{number},,,,{'x' if number % 2 else '1'},{quoted}0{PERSON} {quoted},s"
        for number, quoted in enumerate(["", '"'] * 50)
    ]
    shop.deliver("b.csv", *rows, f"cut,{PERSON}")
    kinds: list[pa.Array] = [
        pa.array([int(PERSON)] * 25, pa.int64()),
        pa.array([float(PERSON)] * 25),
        pa.array([Decimal(PERSON)] * 25, pa.decimal128(20, 0)),
        pa.array([f" {PERSON}".encode()] * 25, pa.binary()),
        pa.array([{"id": PERSON.encode()}] * 25),
        pa.array([[PERSON.encode()]] * 25),
        pa.array([[(PERSON.encode(), 1)]] * 25, pa.map_(pa.binary(), pa.int64())),
    ]
    for number, ids in enumerate(kinds):
        columns = {"event_time": ["2019-10-01 10:00:00"] * 25, "event_type": ["view"] * 25, "product_id": [1] * 25}
        prices = ["x" if row % 2 else "1" for row in range(25)]
        parquet.write_table(pa.table({**columns, "price": prices, "user_id": ids}), shop.input / f"{number}.parquet")
    assert shop.run("--max_rejected_share", "1") == 0, shop.output
    before = content(shop)
    with monkeypatch.context() as patched:
        patched.setattr(erasure, "_erase_days", lambda *_: None)
        assert shop.run("--person", PERSON, job=forget.JOB) == 1
        assert "still hold the person" in shop.output
    assert content(shop) == before
    assert shop.run("--person", PERSON, job=forget.JOB) == 0, shop.output
    assert "0 hold the person" in shop.output
    left = shop.table("ecommerce.rejected_events").collect()
    assert not [row.raw_line for row in left if not any(other in row.raw_line for other in OTHERS)]
    kept = shop.table("ecommerce.clean_events").count()
    assert shop.table("ecommerce.clean_events").filter(f"user_id = {PERSON}").count() == 0
    assert kept + len(left) > 0.5 * len(others)
