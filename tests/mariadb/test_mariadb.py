"""The lake has the rows and types of a MariaDB database, whatever the batches and order of its changes."""

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
from tests.feeds.changes import TABLE
from tests.feeds.debezium import Debezium
from tests.feeds.delivery import Delivery, Feed
from tests.mariadb import mariadb
from tests.mariadb.mariadb import Database
from tests.mariadb.workload import COLUMNS, TYPES_AFTER, Workload

WORKLOADS, STATEMENTS = 30, 400
# With this row image, the log has of an update only the key and the values that changed.
MINIMAL = "binlog_row_image=MINIMAL"
FEEDS = {
    "DMS, CSV and Parquet": Feed(TYPES_AFTER, writers={"csv": dms.write_csv, "parquet": dms.write_parquet}),
    f"JSON, {MINIMAL}": Feed(
        TYPES_AFTER, writers={"json": dms.write_partial_json}, partial=[name for name in TYPES_AFTER if name != "id"]
    ),
    "Debezium with a schema": Feed(TYPES_AFTER, Debezium(TYPES_AFTER, has_schema=True)),
}
IN_CI = (f"JSON, {MINIMAL}",)  # DMS, CSV: tests/postgres; Debezium: tests/real


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if lacking := mariadb.missing():
        pytest.skip(f"MariaDB is not installed: {', '.join(lacking)} are not on PATH (Debian: mariadb-server)")
    pytest.importorskip("pymysqlreplication", reason="mysql-replication is not installed (extra tests)")
    with mariadb.server(tmp_path_factory.mktemp("db")) as settings, mariadb.connected(settings) as connected:
        yield connected


def numbered() -> list[Any]:
    """The number of each workload and the name of its feed."""
    numbers = {number: list(FEEDS)[number % len(FEEDS)] for number in range(WORKLOADS)}
    return [
        pytest.param(number, name, marks=[] if name in IN_CI and number < len(FEEDS) else pytest.mark.nightly)
        for number, name in numbers.items()
    ]


@fault("C01")
@pytest.mark.parametrize(("number", "name"), numbered())
def test_the_lake_is_the_source(daily: InProcess, database: Database, tmp_path: Path, number: int, name: str) -> None:
    feed, random = FEEDS[name], Random(number)
    made = tmp_path / "made"
    made.mkdir()
    delivery, daily.job = Delivery(daily, feed, random, made), apply.JOB
    is_minimal = MINIMAL in name
    work = Workload(random, database.cursor, has_nulls=not is_minimal)
    database.create(is_minimal=is_minimal)
    if is_minimal:
        # A column that is added later is not among those of --ignore_null_updates.
        work.add_column()
    loaded_and_changed(delivery, database, work, number)
    after_a_reset(delivery, database, work)
    of_a_full_extract(delivery, database)


def loaded_and_changed(delivery: Delivery, database: Database, work: Workload, number: int) -> None:
    """A full load, and changes after it; a column is added with a default, which no change of an old row has."""
    feed = delivery.feed
    work.run(40)
    loaded = database.snapshot()
    load = delivery.load(loaded)
    work.run(STATEMENTS // 2)
    if not work.has_added:
        work.add_column()
    work.run(STATEMENTS // 2)
    options = [*feed.table_options, *feed.load_ts(loaded)]
    for batch in batches(delivery, number, load, delivery.files(database.changes())):
        delivery.put(batch)
        assert delivery.daily.run("--table", TABLE, *options) == 0, delivery.daily.output
        options = feed.load_ts(loaded)
    compare(delivery, database)


def batches(delivery: Delivery, number: int, load: Path, files: list[Path]) -> list[list[Path]]:
    """The files in some batches, in any order; once from last to first.

    Every other time each file comes twice, the second time under another name. Partial updates come after the load,
    which has all columns.
    """
    random, files = delivery.random, [load, *files]
    order = list(reversed(files)) if number == 0 else random.sample(files, len(files))
    if number % 2:
        order += random.sample(again := delivery.again(files[1:]), len(again))
    if delivery.feed.partial:
        order.sort(key=lambda path: path != load)
    cuts = sorted(random.sample(range(1, len(order)), random.randint(1, 3)))
    return [order[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def after_a_reset(delivery: Delivery, database: Database, work: Workload) -> None:
    """The binlog starts over, as that of a server which takes over."""
    daily, later_log = delivery.daily, delivery.feed.later_log
    database.fail_over()
    work.run(STATEMENTS // 4)
    delivery.put(delivery.files(database.changes()))
    if later_log:
        lake.assert_refused(daily, COLUMNS, "place_went_back: ")
    assert daily.run("--table", TABLE, *later_log) == 0, daily.output
    compare(delivery, database)


def of_a_full_extract(delivery: Delivery, database: Database) -> None:
    """A full extract has every value."""
    daily, feed, loaded = delivery.daily, delivery.feed, database.snapshot(after=timedelta(seconds=1))
    delivery.put([delivery.load(loaded)])
    of_extract = [] if feed.debezium else ["--snapshot", *feed.load_ts(loaded)]
    assert daily.run("--table", TABLE, *feed.later_log, *of_extract) == 0, daily.output
    compare(delivery, database)
    assert all(map(delivery.carried.are_all_known, database.rows().values()))


def compare(delivery: Delivery, database: Database) -> None:
    source = database.rows()
    assert source
    lake.assert_is_source(delivery.daily, source, delivery.carried, has_history=delivery.feed.has_history)
