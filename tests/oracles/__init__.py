"""Independent implementations in DuckDB and plain Python, written from the definitions."""

from datetime import UTC, date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import DataFrame

from tests.oracles import brands, carts

Row = dict[str, Any]
COLUMNS = {
    "event_time": "TIMESTAMPTZ",
    "event_type": "TEXT",
    "product_id": "BIGINT",
    "category_code": "TEXT",
    "brand": "TEXT",
    "price": "DECIMAL(18, 2)",
    "user_id": "BIGINT",
    "user_session": "TEXT",
}
IN_PYTHON = {
    "abandoned_carts": carts.abandoned_carts,
    "cart_abandonment": carts.cart_abandonment,
    "brand_category_gaps": brands.brand_category_gaps,
    "brand_gaps": brands.brand_gaps,
}
# One side computes p-values by an approximation, the other by the C library.
PROBABILITIES = ("_p", "_q")


def given(events: list[Row]) -> duckdb.DuckDBPyConnection:
    """The events as the table `given`."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(f"CREATE TABLE given ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    if events:
        database.executemany(
            f"INSERT INTO given VALUES ({', '.join('?' * len(COLUMNS))})",
            [[event[name] for name in COLUMNS] for event in events],
        )
    return database


def of_file(path: Path) -> duckdb.DuckDBPyConnection:
    """The distinct events of a REES46 file, as the table `given`."""
    database = given([])
    columns = {
        **{name: f"CAST({name} AS {kind})" for name, kind in COLUMNS.items()},
        "event_time": "CAST(replace(event_time, ' UTC', '+00') AS TIMESTAMPTZ)",
    }
    database.execute(
        f"INSERT INTO given SELECT {', '.join(columns.values())}"
        f" FROM (SELECT DISTINCT * FROM read_csv('{path}', all_varchar = true))"
    )
    return database


def answer(database: duckdb.DuckDBPyConnection, table: str, **options: Any) -> list[Row]:
    """The expected rows of a table."""
    if table in IN_PYTHON:
        events = database.execute(f"SELECT {', '.join(COLUMNS)} FROM given").fetchall()
        rows = [dict(zip(COLUMNS, event, strict=True)) for event in events]
        return IN_PYTHON[table]([{**row, "event_time": row["event_time"].astimezone(UTC)} for row in rows], **options)
    found = database.execute((Path(__file__).parent / f"{table}.sql").read_text(), options)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def collected(frame: DataFrame) -> list[Row]:
    """Spark rows with instants in UTC, whatever the time zone of the machine."""
    times = [name for name, kind in frame.dtypes if kind == "timestamp"]
    rows = [row.asDict() for row in frame.collect()]
    return [{**row, **{name: row[name].astimezone(UTC) if row[name] else None for name in times}} for row in rows]


def assert_same(found: list[Row], expected: list[Row], key: tuple[str, ...]) -> None:
    """Equal in every column of every row: doubles within a relative 1e-9, p-values within 1e-6."""
    by_key = {tuple(row[name] for name in key): row for row in expected}
    assert len(by_key) == len(expected)
    assert {tuple(row[name] for name in key) for row in found} == set(by_key)
    assert len(found) == len(expected)
    for row in found:
        other = by_key[tuple(row[name] for name in key)]
        assert set(row) == set(other), set(row) ^ set(other)
        differing = {name: (row[name], other[name]) for name in row if not _same(name, row[name], other[name])}
        assert not differing, (row, differing)


def _same(name: str, one: Any, other: Any) -> bool:
    if isinstance(one, float) and other is not None:
        return bool(float(other) == pytest.approx(one, rel=1e-6 if name.endswith(PROBABILITIES) else 1e-9, abs=1e-12))
    if isinstance(one, Decimal) and other is not None:
        return one == Decimal(other)
    return bool(one == other and isinstance(one, date) == isinstance(other, date))
