"""One Spark session for all tests. The time zone of the machine is one that no code would assume by accident."""

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
# Compile just the hottest code with the optimising compiler (tier 4): three times the default thresholds. Some tests of
# runs take 12 % less CPU time than without it after six minutes, and 5 % less than by default.
os.environ["SPARK_SUBMIT_OPTS"] = (
    "-XX:+UseSerialGC -XX:Tier4InvocationThreshold=15000 -XX:Tier4MinInvocationThreshold=1800"
    " -XX:Tier4CompileThreshold=45000 -XX:Tier4BackEdgeThreshold=120000"
)

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from jobs.ecommerce import clean_events, unique_visitors, visitor_days, visitor_first_seen
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Pipeline
from jobs.runtime.quality import suite_runner
from jobs.runtime.run import main
from jobs.runtime.spark import session
from jobs.runtime.spark.small_frames import content_hash, cut_lineage, local_frame
from schemas.table import Column, Table
from tests import ROOT

# Registered here: with xdist, the process that reports the results reads no conftest of a folder.
pytest_plugins = ["tests.faults.lines", "tests.mail"]

# A few rows are processed before their query would be compiled. Property tests and processes cover compiled queries.
INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
FEW_PARTITIONS = {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false", **INTERPRETED}
MANY_PARTITIONS = {"spark.sql.shuffle.partitions": "5", "spark.sql.adaptive.enabled": "true"}
# Two tables exercise the runtime as well as eleven do, in a fraction of the time. The others are marts of local days.
TWO_TABLES = Pipeline("ecommerce.daily", [clean_events.JOB, visitor_first_seen.JOB])
FEW_TABLES = Pipeline(
    "ecommerce.daily", [clean_events.JOB, visitor_days.JOB, visitor_first_seen.JOB, unique_visitors.JOB]
)
HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"


IS_NEWER_LINE = sys.version_info >= (3, 13)


def _nightly_if(condition: bool) -> Callable[[Any], Any]:
    return pytest.mark.nightly if condition else lambda test: test


# CI runs these tests on one line, make nightly on both.
on_newer_line, on_older_line = _nightly_if(not IS_NEWER_LINE), _nightly_if(IS_NEWER_LINE)
# Folders whose results may differ between Spark 3.5 and 4.1.
ON_BOTH_LINES = {"transforms", "golden", "runtime_lines"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if ON_BOTH_LINES & set(item.path.relative_to(ROOT).parts):
            item.add_marker("both_lines")


def pytest_collection_finish() -> None:
    """Exempt imported and collected objects from the garbage collection after each test."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture(scope="session")
def _session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with warnings.catch_warnings():
        # Warnings of Great Expectations on import are ignored; warnings about how Weir uses it are not.
        warnings.simplefilter("ignore")
        suite_runner.context()
    spark = session.start(session.catalog_settings(str(tmp_path_factory.mktemp("lake")), None), is_short=False)
    gc.collect()
    gc.freeze()
    yield spark
    spark.stop()


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    """Release the Java objects of a test: their Python references form cycles that keep them alive."""
    yield
    gc.collect()


@pytest.fixture
def spark(_session: SparkSession) -> SparkSession:
    """The session with one shuffle partition, since the data of transform tests is small."""
    for key, value in FEW_PARTITIONS.items():
        _session.conf.set(key, value)
    return _session


Rows = Callable[[Table, Sequence[Mapping[str, Any]]], DataFrame]


@pytest.fixture
def rows(spark: SparkSession) -> Rows:
    """A frame of a table from dicts. Missing columns are NULL."""
    return lambda table, given: local_frame(spark, table, given)


def assert_rows(found: DataFrame, columns: str, expected: Sequence[Sequence[Any]]) -> None:
    """Compare these columns of a frame with rows in any order, by chispa.

    Values are as in JSON: decimals, dates and instants (UTC) as text.
    """
    names = columns.split()
    table = Table(
        "tests.expected",
        "one row per expected row",
        tuple(Column(name, kind, "") for name, kind in found.select(*names).dtypes),
    )
    wanted = local_frame(found.sparkSession, table, [dict(zip(names, row, strict=True)) for row in expected])
    # chispa distinguishes arrays by whether their items may be NULL.
    nullable = wanted.limit(0).unionByName(found.select(*names))
    assert_df_equality(nullable, wanted, ignore_row_order=True, ignore_nullable=True)


def reused(frame: DataFrame) -> DataFrame:
    """The frame as a job passes it on where it is read several times: persisted, without its plan."""
    return cut_lineage(frame.cache())


Orders = Callable[..., list[DataFrame]]


@pytest.fixture
def orders(spark: SparkSession) -> Orders:
    """The rows in the given order, reversed, and shuffled over five partitions. Results must not depend on these."""

    def arranged(table: Table, given: Sequence[Mapping[str, Any]]) -> list[DataFrame]:
        shuffled = random.Random(7).sample(list(given), len(given))
        for key, value in MANY_PARTITIONS.items():
            spark.conf.set(key, value)
        return [local_frame(spark, table, some) for some in (given, list(reversed(given)))] + [
            local_frame(spark, table, shuffled).repartition(5)
        ]

    return arranged


class InProcess:
    """A job that reads files, with its own lake, in the session of the tests."""

    job: Any = TWO_TABLES

    def __init__(self, spark: SparkSession, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.spark, self.folder, self.capsys = spark, folder, capsys
        self.path = folder / "lake"
        self.input = folder / "input"
        self.input.mkdir()
        self.output = ""

    @property
    def lake(self) -> Lake:
        return Lake(self.spark)

    def deliver(self, name: str, *lines: str | bytes, header: str = HEADER, end: bytes = b"\n") -> Path:
        path = self.input / name
        encoded = [line.encode() if isinstance(line, str) else line for line in ((header, *lines) if header else lines)]
        path.write_bytes(end.join(encoded) + end if encoded else b"")
        return path

    def run(self, *arguments: str, job: Any = None, given: str | Path | None = None) -> int:
        """Run another job, or the one that reads files. Returns the exit code; `output` has what was printed."""
        self.spark._jsparkSession.sessionState().catalogManager().reset()
        reads = [] if job else ["--input", str(given or self.input)]
        code = main(job or self.job, [*reads, "--lake", str(self.path), *arguments])
        captured = self.capsys.readouterr()
        self.output = captured.out + captured.err
        return code

    def say(self, text: str) -> None:
        """Print progress of a long test to stderr, since the stdout of xdist workers is not shown."""
        with self.capsys.disabled():
            print(text, file=sys.stderr, flush=True)

    def table(self, name: str) -> DataFrame:
        return self.spark.table(f"lake.{name}")

    def content_hashes(self) -> dict[str, str]:
        """The content hash of each table of the job, by the name of the table."""
        return {
            table.name: content_hash(self.table(table.name).select(*table.data_columns))
            for job in getattr(self.job, "jobs", [self.job])
            for table in job.tables
        }


@pytest.fixture
def daily(spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> InProcess:
    return InProcess(spark, tmp_path, capsys)


@pytest.fixture
def few_tables(daily: InProcess) -> None:
    """Runs also build a mart of local days."""
    daily.job = FEW_TABLES


@pytest.fixture
def compiled(spark: SparkSession) -> SparkSession:
    """The same session with compiled queries, as in production."""
    for key in INTERPRETED:
        spark.conf.unset(key)
    return spark


def real_data_folder() -> Path:
    """The folder of real data; the test is skipped where there is none."""
    folder = os.environ.get("WEIR_REAL_DATA")
    if not folder:
        pytest.skip("WEIR_REAL_DATA does not name a folder with the real data")
    return Path(folder).absolute()


@pytest.fixture
def real_data() -> Path:
    return real_data_folder()


@pytest.fixture
def weir() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`python -m jobs …` in a separate process."""

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
    """A valid clean event with these columns replaced."""
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
    """A valid line of shop events with these columns replaced."""
    usual = {
        "event_time": "2019-10-01 10:00:00 UTC",
        "event_type": "view",
        "product_id": "1",
        "category_id": "5",
        "category_code": "a.b",
        "brand": "acme",
    }
    return ",".join({**usual, "price": "1.00", "user_id": "1", "user_session": "s", **given}.values())
