"""A lake that follows a change feed, compared with the source after each run."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pyspark.sql import functions as F

from schemas.cdc_columns import INCOMPLETE
from tests.conftest import InProcess
from tests.feeds.changes import KEY, TABLE, CarriedCells, Row, differences

CURRENT, HISTORY, REJECTED = f"cdc.{TABLE}", f"cdc.{TABLE}_history", f"cdc.rejected_{TABLE}"


def rows(daily: InProcess, columns: Iterable[str], *, table: str = CURRENT, where: str = "true") -> dict[Any, Row]:
    """The rows by key. Instants are read as text, since Spark returns them in the time zone of the machine."""
    frame = daily.table(table).filter(where)
    names = [name for name in (*columns, INCOMPLETE.name) if name in frame.columns]
    instants = [name for name, kind in frame.dtypes if kind == "timestamp" and name in names]
    texts = frame.select(*names).withColumns({name: F.col(name).cast("string") for name in instants})
    found = [row.asDict() for row in texts.collect()]
    read = [{**row, **{name: row[name] and datetime.fromisoformat(row[name]) for name in instants}} for row in found]
    by_key: dict[Any, Row] = {row[KEY]: row for row in read}
    assert len(by_key) == len(found), f"{table} has a key twice"
    return by_key


def assert_is_source(daily: InProcess, source: Mapping[Any, Row], carried: CarriedCells, *, has_history: bool) -> None:
    """The current rows and the current versions are those of the source, as far as changes carried their values."""
    columns = list(dict.fromkeys(name for row in source.values() for name in row))
    current = rows(daily, columns)
    # A column that was added and is in no change yet is in no table.
    complete = {key: {**dict.fromkeys(source.get(key, {})), **row} for key, row in current.items()}
    differing = differences(complete, source, carried)
    assert not differing, [str(one)[:300] for one in differing[:5]]
    if has_history:
        versions = rows(daily, columns, table=HISTORY, where="is_current")
        values = {key: {name: row[name] for name in row if name != INCOMPLETE.name} for key, row in current.items()}
        differing = [(key, row, versions.get(key)) for key, row in values.items() if versions.get(key) != row]
        assert not differing, [str(one)[:900] for one in differing[:2]]
        assert versions.keys() == current.keys()
    assert daily.table(REJECTED).isEmpty()


def assert_incomplete(daily: InProcess, source: Mapping[Any, Row], carried: CarriedCells, large: Iterable[str]) -> None:
    """A row is marked as incomplete if a large value of it came in no change; an inserted, complete one is not."""
    marked = {key for key, row in rows(daily, [KEY]).items() if row.get(INCOMPLETE.name)}
    names = set(large)
    unknown = {key for key, row in source.items() if names & set(row) - carried.columns[key]}
    assert unknown <= marked, unknown - marked
    assert marked <= unknown | (source.keys() - carried.inserted), marked - unknown


def assert_refused(daily: InProcess, columns: Iterable[str], message: str) -> None:
    """The run ends with 2 and this message, and the rows stay."""
    before = rows(daily, columns)
    assert daily.run("--table", TABLE) == 2, daily.output
    assert message in daily.output
    assert rows(daily, columns) == before
