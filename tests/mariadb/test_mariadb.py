"""The lake has the rows and types of a real database, whatever the batches and order of its changes."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import functions as F

from jobs.runtime.job import Job
from schemas.cdc_source import CdcSource
from schemas.table import Column
from tests.conftest import InProcess
from tests.faults import fault
from tests.mariadb import mariadb, workload
from transforms.change_data.parse_changes import typed_changes

WORKLOADS = 30 if int(os.environ.get("WEIR_FAULTS", "1")) > 1 else 1
STATEMENTS = 500
THINGS = CdcSource(
    "cdc.things",
    "one row per thing",
    (
        Column("id", "long", "Key."),
        Column("code", "string", "Text."),
        Column("amount", "decimal(12,4)", "Money."),
        Column("born", "date", "Day."),
        Column("seen", "timestamp", "Moment."),
        Column("ratio", "double", "Fraction."),
        Column("flag", "int", "Flag."),
        Column("note", "string", "Text."),
    ),
    ("id",),
    history=("code", "amount", "born", "seen", "ratio", "flag", "note"),
)


def things(raw_things: Any, *, load_ts: Any, source: CdcSource = THINGS) -> Any:
    return typed_changes(raw_things, source, load_ts=load_ts)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    if lacking := mariadb.missing():
        pytest.skip(f"MariaDB is not installed: {', '.join(lacking)} are not on PATH (Debian: mariadb-server)")
    pytest.importorskip("pymysqlreplication", reason="mysql-replication is not installed (extra tests)")
    with mariadb.server(tmp_path_factory.mktemp("db")) as settings:
        yield settings


@fault("C01")
@pytest.mark.parametrize("number", range(WORKLOADS))
def test_the_lake_is_the_source(daily: InProcess, database: dict[str, Any], tmp_path: Path, number: int) -> None:
    import pymysql
    from pymysql.cursors import DictCursor

    random = Random(number)
    with (
        pymysql.connect(**database, autocommit=True, cursorclass=DictCursor) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DROP DATABASE IF EXISTS {mariadb.DATABASE}")
        cursor.execute(f"CREATE DATABASE {mariadb.DATABASE}")
        cursor.execute(f"USE {mariadb.DATABASE}")
        cursor.execute(workload.CREATE)
        cursor.execute(f"CREATE TABLE {mariadb.WATERMARK} (id INT PRIMARY KEY)")
        work = workload.Workload(random)
        work.run(cursor, 20)
        cursor.execute(f"SELECT * FROM {mariadb.TABLE}")
        loaded = list(cursor.fetchall())
        cursor.execute("SHOW MASTER STATUS")
        status = cursor.fetchone()
        work.run(cursor, STATEMENTS)
        cursor.execute(f"INSERT INTO {mariadb.WATERMARK} VALUES (1)")
        cursor.execute(f"SELECT * FROM {mariadb.TABLE}")
        expected = {row["id"]: row for row in cursor.fetchall()}
    changes = mariadb.changes(database, (status["File"], status["Position"]))
    made = tmp_path / "made"
    made.mkdir()
    workload.load(loaded, made / "LOAD00000001.csv")
    files = [made / "LOAD00000001.csv", *workload.files(random, changes, made)]
    for batch in batches(random, number, files):
        for path in batch:
            shutil.copy(path, daily.input / path.name)
        daily.job = Job(
            reads=[THINGS.raw], build=things, writes=THINGS.current, rejects=THINGS.rejected, cdc_source=THINGS
        )
        assert daily.run() == 0, daily.output
    found = of_lake(daily, list(next(iter(expected.values()), {})))
    assert found.keys() == expected.keys()
    assert [
        (key, name, found[key][name], value)
        for key, row in expected.items()
        for name, value in row.items()
        if found[key][name] != value
    ] == []
    assert daily.table("cdc.rejected_things").isEmpty()


def batches(random: Random, number: int, files: list[Path]) -> list[list[Path]]:
    """The files in some deliveries, in any order; once from last to first.

    Every other time each file comes twice, the second time under another name.
    """
    order = list(reversed(files)) if number == 0 else random.sample(files, len(files))
    if number % 2:
        again = [shutil.copy(path, path.with_name(f"{path.stem}x{path.suffix}")) for path in files]
        order += random.sample([Path(path) for path in again], len(again))
    cuts = sorted(random.sample(range(1, len(order)), min(3, len(order) - 1)))
    return [order[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def of_lake(daily: InProcess, names: list[str]) -> dict[int, dict[str, Any]]:
    """The rows by key. Instants are text, since Spark returns them in the time zone of the machine."""
    table = daily.table("cdc.things").withColumn("seen", F.col("seen").cast("string"))
    rows = [row.asDict() for row in table.select("id", *(name for name in names if name != "id")).collect()]
    return {row["id"]: {**row, "seen": row["seen"] and datetime.fromisoformat(row["seen"])} for row in rows}
