"""The lake has the rows of a PostgreSQL database after each run, whatever the format of its changes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from jobs.cdc import apply
from tests.conftest import InProcess
from tests.faults import fault
from tests.feeds import dms, lake
from tests.feeds.changes import TABLE, CarriedCells
from tests.feeds.debezium import Debezium
from tests.feeds.delivery import Delivery, Feed
from tests.postgres import postgres
from tests.postgres.postgres import Server
from tests.postgres.workload import AMBIGUOUS_MOMENTS, COLUMNS, LARGE, MOMENTS, TYPES_AFTER, Workload

WORKLOADS = 30
# With REPLICA IDENTITY FULL, the log has all values before a change, also those that did not change.
FULL = "REPLICA IDENTITY FULL"
CSV, PARQUET, JSON = {"csv": dms.write_csv}, {"parquet": dms.write_parquet}, {"json": dms.write_json}
FEEDS = {
    "Debezium": Feed(TYPES_AFTER, Debezium(TYPES_AFTER)),
    "DMS, CSV": Feed(TYPES_AFTER, writers=CSV, partial=LARGE),
    "Debezium, flattened": Feed(TYPES_AFTER, Debezium(TYPES_AFTER, is_flattened=True)),
    f"Debezium with a schema, {FULL}": Feed(TYPES_AFTER, Debezium(TYPES_AFTER, has_schema=True)),
    "DMS, Parquet": Feed(TYPES_AFTER, writers=PARQUET, partial=LARGE),
    "Debezium, key changes are updates": Feed(TYPES_AFTER, Debezium(TYPES_AFTER, is_key_change_an_update=True)),
    "DMS, JSON": Feed(TYPES_AFTER, writers=JSON, partial=LARGE, sorts_by_file=True),
    f"DMS, CSV, {FULL}": Feed(TYPES_AFTER, writers=CSV),
    "Debezium with a schema": Feed(TYPES_AFTER, Debezium(TYPES_AFTER, has_schema=True)),
    f"DMS, Parquet, {FULL}": Feed(TYPES_AFTER, writers=PARQUET),
}
IN_CI = ("DMS, CSV",)  # Debezium with a schema: tests/mariadb


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    """A server whose log is long and whose clock is an hour behind, and the server after it."""
    if lacking := postgres.missing():
        pytest.skip(f"PostgreSQL lacks {', '.join(lacking)} (Debian: postgresql and postgresql-15-wal2json)")
    with (
        postgres.server(behind=timedelta(hours=1), wal=postgres.LATER_WAL) as first,
        postgres.server(behind=timedelta()) as second,
    ):
        yield first, second


def numbered() -> list[Any]:
    """The number of each workload and the name of its feed."""
    numbers = {number: list(FEEDS)[number % len(FEEDS)] for number in range(WORKLOADS)}
    return [
        pytest.param(number, name, marks=[] if name in IN_CI and number < len(FEEDS) else pytest.mark.nightly)
        for number, name in numbers.items()
    ]


@fault("C01")
@pytest.mark.parametrize(("number", "name"), numbered())
def test_the_lake_is_the_source(
    daily: InProcess, servers: tuple[Server, Server], tmp_path: Path, number: int, name: str
) -> None:
    feed, random = FEEDS[name], Random(number)
    made = tmp_path / "made"
    made.mkdir()
    delivery, daily.job = Delivery(daily, feed, random, made), apply.JOB
    first, second = servers
    first.create()
    first.psql(f"ALTER TABLE {TABLE} REPLICA IDENTITY {'FULL' if FULL in name else 'DEFAULT'};")
    work = Workload(
        random,
        # Debezium drops truncates when it flattens events; DMS does not capture them from PostgreSQL.
        has_truncates=feed.debezium is not None and not feed.debezium.is_flattened,
        has_null_updates=not feed.partial,
        moments=MOMENTS if feed.debezium and not feed.debezium.has_schema else [*MOMENTS, *AMBIGUOUS_MOMENTS],
    )
    written = loaded_and_changed(delivery, first, work)
    with_another_column(delivery, first, work, written)
    after_a_failover(delivery, first, second, work)
    of_a_full_extract(delivery, second)


def loaded_and_changed(delivery: Delivery, server: Server, work: Workload) -> list[Path]:
    server.psql(work.script(60))
    server.start_slot()
    loaded = server.snapshot()
    load = delivery.load(loaded)
    server.psql(work.script(150))
    written = delivery.files(server.changes(has_added=False))
    delivery.put([load, *written])
    follow(delivery, server, *delivery.feed.table_options, *delivery.feed.load_ts(loaded))
    return written


def with_another_column(delivery: Delivery, server: Server, work: Workload, earlier: list[Path]) -> None:
    """A column is added with a default, which the log has for rows that change. Some earlier files come again."""
    server.psql("\n".join([work.script(60), work.add_column(), work.script(60)]))
    delivery.put([*delivery.files(server.changes(has_added=False)), *delivery.again(earlier[:2])])
    follow(delivery, server)


def after_a_failover(delivery: Delivery, first: Server, second: Server, work: Workload) -> None:
    """Another server takes over, with a log that starts at a lower place."""
    daily, later_log = delivery.daily, delivery.feed.later_log
    second.restore(first)
    second.start_slot()
    second.psql(work.script(120))
    delivery.put(delivery.files(second.changes(has_added=True)))
    if later_log:
        lake.assert_refused(daily, COLUMNS, "place_went_back: ")
    follow(delivery, second, *later_log)


def of_a_full_extract(delivery: Delivery, server: Server) -> None:
    """A full extract has every value."""
    feed, loaded = delivery.feed, server.snapshot()
    delivery.put([delivery.load(loaded)])
    of_extract = [] if feed.debezium else ["--snapshot", *feed.load_ts(loaded)]
    follow(delivery, server, *feed.later_log, *of_extract)
    assert all(map(delivery.carried.are_all_known, server.rows().values()))


def follow(delivery: Delivery, server: Server, *options: str) -> None:
    """Apply what was delivered, and compare the tables with those of the server."""
    daily, feed = delivery.daily, delivery.feed
    assert daily.run("--table", TABLE, *options) == 0, daily.output
    source = {key: feed.as_delivered(row) for key, row in server.rows().items()}
    assert source
    lake.assert_is_source(daily, source, delivery.carried, has_history=feed.has_history)
    lake.assert_incomplete(daily, source, delivery.carried, LARGE)


def test_the_workload_bites(servers: tuple[Server, Server]) -> None:
    """The log leaves out large values, keys of deleted rows come back, and rows move with values that no change has."""
    server, work = servers[0], Workload(Random(2), moments=MOMENTS)
    server.create()
    server.start_slot()
    server.psql(work.script(300))
    changes, carried = server.changes(has_added=False), CarriedCells()
    carried.apply(changes)
    assert {change.op for change in changes} == set("IUDT")
    assert any(change.op == "U" and not set(LARGE) <= set(change.values) for change in changes)
    gone = {change.key for change in changes if change.op == "D"}
    assert any(change.is_key_change and change.key in gone for change in changes)
    assert not all(map(carried.are_all_known, server.rows().values()))
