"""A Spark session: the settings that change answers, and the catalog; local and Glue."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import SparkSession

from jobs import machine
from jobs.runtime import glue
from jobs.runtime.errors import BadArgument

# Everything that changes an answer, here and nowhere else.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # Pruned parsing would judge a line by the fields that a query happens to ask for.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.optimizer.enableCsvExpressionOptimization": "false",
    "spark.sql.optimizer.enableJsonExpressionOptimization": "false",
    # Numbers in JSON read alike on both lines.
    "spark.sql.json.enableExactStringParsing": "false",
}
_CATALOG = "spark.sql.catalog.lake"
_EXTENSIONS = "spark.sql.extensions"


def catalog(lake: str, chosen: str | None) -> dict[str, str]:
    """Spark's settings for the catalog `lake`; makes the catalog file of a lake in a folder. Raises BadLake, BadArgument."""
    if chosen == "glue":
        own = {"catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog", "io-impl": "org.apache.iceberg.aws.s3.S3FileIO"}
    elif chosen:
        own = _properties(Path(chosen))
    elif "://" in lake:
        raise BadArgument(f"a lake at {lake} needs a catalog: --catalog glue, or --catalog <file of Iceberg catalog properties>")
    else:
        machine.make_catalog(Path(lake))
        uri = f"jdbc:sqlite:{lake}/catalog.db?journal_mode=WAL&busy_timeout=60000"
        # With init-catalog-tables on, Iceberg 1.10 leaves a read lock that makes every later writer fail.
        own = {"type": "jdbc", "uri": uri, "jdbc.schema-version": "V1", "jdbc.init-catalog-tables": "false"}
    settings = {"warehouse": f"{lake}/warehouse", "cache-enabled": "false", **own}
    extensions = {_EXTENSIONS: "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"}
    return {**extensions, _CATALOG: "org.apache.iceberg.spark.SparkCatalog", **{f"{_CATALOG}.{key}": value for key, value in settings.items()}}


def _properties(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise BadArgument(f"--catalog {path} is neither glue nor a file")
    pairs = (line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs if key.strip()}


def start(catalog: Mapping[str, str]) -> SparkSession:
    """The session with the lake's catalog in it; starts a JVM where none runs yet."""
    if glue.is_glue():
        spark = glue.session(sys.argv)
    else:
        runs_beside_a_jvm = "PYSPARK_GATEWAY_PORT" in os.environ  # spark-submit started us
        if runs_beside_a_jvm and not glue.has_class("org.apache.iceberg.spark.SparkCatalog"):
            raise BadArgument(f"this Spark has no Iceberg; start it with --packages {','.join(machine.line().packages)}")
        of_machine = {} if runs_beside_a_jvm else machine.settings(machine.line())
        spark = SparkSession.builder.appName("weir").config(map={**of_machine, **catalog}).getOrCreate()
    for key, value in {**catalog, **SETTINGS}.items():
        if key != _EXTENSIONS:  # fixed when a session starts; on Glue a parameter of the job
            spark.conf.set(key, value)
    return spark
