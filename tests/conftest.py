"""One Spark session for all tests; the machine's zone is none that anybody would assume."""

import gc
import os
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ["TZ"] = "Asia/Kathmandu"
time.tzset()
# Few rows are asked of much code: a second compiler would take more than it gives; what the first one makes of all of it needs room.
os.environ["SPARK_SUBMIT_OPTS"] = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from jobs.ecommerce import clean_events, unique_visitors, visitor_first_seen
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.job import Pipeline
from jobs.runtime.quality import suites
from jobs.runtime.run import main
from jobs.runtime.spark import session
from jobs.runtime.spark.frames import local_frame
from schemas.table import Column, Table
from tests import ROOT

# From here, since of several processes the one that tells what came of the tests reads no conftest of a folder.
pytest_plugins = ["tests.faults.lines", "tests.mail"]

# Of some rows an answer is there before its query would be compiled. What is compiled the property tests and all processes ask.
INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
FEW_PARTITIONS = {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false", **INTERPRETED}
MANY_PARTITIONS = {"spark.sql.shuffle.partitions": "5", "spark.sql.adaptive.enabled": "true"}
# What the runtime does it does with two tables as with eleven, in a fraction of the time; a mart of local days is the third.
TWO_TABLES = Pipeline("ecommerce.daily", [clean_events.JOB, visitor_first_seen.JOB])
FEW_TABLES = Pipeline("ecommerce.daily", [clean_events.JOB, visitor_first_seen.JOB, unique_visitors.JOB])
HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"


# Folders whose answers may differ between Spark 3.5 and 4.1.
ON_BOTH_LINES = {"transforms", "golden", "lines"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if ON_BOTH_LINES & set(item.path.relative_to(ROOT).parts):
            item.add_marker("both_lines")


def pytest_collection_finish() -> None:
    """What is imported and collected is not looked through after each test."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture(scope="session")
def _session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with warnings.catch_warnings():
        # What Great Expectations warns of when it is imported is its own business; what Weir does with it is not.
        warnings.simplefilter("ignore")
        suites.context()
    spark = session.start(session.catalog(str(tmp_path_factory.mktemp("lake")), None), is_short=False)
    yield spark
    spark.stop()


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    """What a test asked Java for is let go: Python's side of it stands in circles, and Java keeps all that Python has."""
    yield
    gc.collect()


@pytest.fixture
def spark(_session: SparkSession) -> SparkSession:
    """The session with one partition: tests of transforms are small."""
    for key, value in FEW_PARTITIONS.items():
        _session.conf.set(key, value)
    return _session


Rows = Callable[[Table, Sequence[Mapping[str, Any]]], DataFrame]


@pytest.fixture
def rows(spark: SparkSession) -> Rows:
    """A frame of a table from dicts; what is left out is NULL."""
    return lambda table, given: local_frame(spark, table, given)


def assert_rows(found: DataFrame, columns: str, expected: Sequence[Sequence[Any]]) -> None:
    """Compare these columns of a frame with rows, in any order, by chispa.

    Values are as JSON has them: decimals, dates and instants (UTC) as text.
    """
    names = columns.split()
    table = Table(
        "tests.expected",
        "one row per expected row",
        tuple(Column(name, kind, "") for name, kind in found.select(*names).dtypes),
    )
    wanted = local_frame(found.sparkSession, table, [dict(zip(names, row, strict=True)) for row in expected])
    # chispa tells arrays apart by whether their items may be NULL.
    nullable = wanted.limit(0).unionByName(found.select(*names))
    assert_df_equality(nullable, wanted, ignore_row_order=True, ignore_nullable=True)


Orders = Callable[..., list[DataFrame]]


@pytest.fixture
def orders(spark: SparkSession) -> Orders:
    """The same rows as given, reversed, and shuffled over five partitions: an answer must not tell them apart."""

    def arranged(table: Table, given: Sequence[Mapping[str, Any]]) -> list[DataFrame]:
        shuffled = random.Random(7).sample(list(given), len(given))
        for key, value in MANY_PARTITIONS.items():
            spark.conf.set(key, value)
        return [local_frame(spark, table, some) for some in (given, list(reversed(given)))] + [
            local_frame(spark, table, shuffled).repartition(5)
        ]

    return arranged


class InProcess:
    """A job that takes files, on a lake of its own, in the session of the tests."""

    job: Any = TWO_TABLES

    def __init__(self, spark: SparkSession, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.spark, self.folder, self.capsys = spark, folder, capsys
        self.path = folder / "lake"
        self.input = folder / "input"
        self.input.mkdir()
        self.told = ""

    @property
    def lake(self) -> Lake:
        return Lake(self.spark)

    def deliver(self, name: str, *lines: str | bytes, header: str = HEADER, end: bytes = b"\n") -> Path:
        path = self.input / name
        encoded = [line.encode() if isinstance(line, str) else line for line in ((header, *lines) if header else lines)]
        path.write_bytes(end.join(encoded) + end if encoded else b"")
        return path

    def run(self, *arguments: str, job: Any = None, given: str | Path | None = None) -> int:
        """Exit code of a run of another job, or of the one that takes files; what it printed is in `told`."""
        self.spark._jsparkSession.sessionState().catalogManager().reset()
        reads = [] if job else ["--input", str(given or self.input)]
        code = main(job or self.job, [*reads, "--lake", str(self.path), *arguments])
        captured = self.capsys.readouterr()
        self.told = captured.out + captured.err
        return code

    def say(self, text: str) -> None:
        """Tell a person who watches a long test; what a test prints as one of several processes nobody sees, but for errors."""
        with self.capsys.disabled():
            print(text, file=sys.stderr, flush=True)

    def table(self, name: str) -> DataFrame:
        return self.spark.table(f"lake.{name}")


@pytest.fixture
def daily(spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> InProcess:
    return InProcess(spark, tmp_path, capsys)


@pytest.fixture
def few_tables(daily: InProcess) -> None:
    """Runs make a mart of local days too."""
    daily.job = FEW_TABLES


@pytest.fixture
def compiled(spark: SparkSession) -> SparkSession:
    """The same session, in which queries are compiled as they are anywhere else."""
    for key in INTERPRETED:
        spark.conf.unset(key)
    return spark


_UNDISTURBED: dict[str, str] = {}


@pytest.fixture
def undisturbed(daily: InProcess, tmp_path: Path) -> dict[str, str]:
    """The tables of one run that nothing disturbs: the same for all tests, since they deliver the same rows."""
    from tests.processes import deliver, finished

    if not _UNDISTURBED:
        _UNDISTURBED.update(finished(daily, deliver(tmp_path / "in"), tmp_path / "undisturbed"))
    return _UNDISTURBED


@pytest.fixture
def real_data() -> Path:
    folder = os.environ.get("WEIR_REAL_DATA")
    if not folder:
        pytest.skip("WEIR_REAL_DATA does not name a folder with the real data")
    return Path(folder).absolute()


@pytest.fixture
def weir() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`python -m jobs …` in a process of its own."""

    def start(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jobs", *arguments],
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
            **options,
        )

    return start


def event(**given: Any) -> dict[str, Any]:
    """A good clean event, but for what is given."""
    usual = {
        "event_time": "2019-10-01 10:00:00",
        "event_type": "view",
        "product_id": 1,
        "category_id": 5,
        "category_code": "a.b",
        "brand": "acme",
    }
    return {
        **usual,
        "price": "1.00",
        "user_id": 1,
        "user_session": "s",
        "source_file": "/in/a.csv",
        "run_id": "r",
        **given,
    }


def line(**given: str) -> str:
    """A good line of shop events, but for what is given."""
    usual = {
        "event_time": "2019-10-01 10:00:00 UTC",
        "event_type": "view",
        "product_id": "1",
        "category_id": "5",
        "category_code": "a.b",
        "brand": "acme",
    }
    return ",".join({**usual, "price": "1.00", "user_id": "1", "user_session": "s", **given}.values())
