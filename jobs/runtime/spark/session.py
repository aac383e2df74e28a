"""Start the Spark session with pinned settings and the catalog, on a local machine and on Glue."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pyspark.sql import SparkSession

from jobs.runtime.errors import BadArgument, BadLake
from jobs.runtime.spark import glue_session, local_catalog, local_setup
from jobs.runtime.spark.java_classes import java_class
from jobs.runtime.spark.local_setup import RuntimeLine
from jobs.runtime.storage import object_store, s3_settings

# All settings that change results are here and nowhere else.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # With pruned parsing, whether a line is malformed would depend on the columns that a query selects.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.optimizer.enableCsvExpressionOptimization": "false",
    "spark.sql.optimizer.enableJsonExpressionOptimization": "false",
    # Parse numbers in JSON alike on both runtime lines.
    "spark.sql.json.enableExactStringParsing": "false",
    # Without these, a file with nanoseconds could not be read, and on Spark 4 invalid UTF-8 would end the run.
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.legacy.codingErrorAction": "true",
}
# Settings that change only the cost.
SPEED = {
    # With many columns that are derived from many others, the constraints of a plan grow without bound.
    "spark.sql.constraintPropagation.enabled": "false",
    # Java does not compile methods with more bytecode than this, and an interpreted one takes ten times as long.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # The first-level map holds few groups, which slows aggregates by visitor, product or cart line.
    "spark.sql.codegen.aggregate.map.twolevel.enabled": "false",
    # A window buffers this many rows where they cannot be spilled. The default, 4,096 wide rows, may be gigabytes.
    "spark.sql.windowExec.buffer.in.memory.threshold": "64",
    # Rows are cached only while they are staged: choosing a compression for each column costs more than it saves.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    # Spark renders the plan of each query, with all columns, at its start and after each stage: megabytes of text.
    "spark.sql.debug.maxToStringFields": "0",
}
_CATALOG = "spark.sql.catalog.lake"
_EXTENSIONS = "spark.sql.extensions"


def catalog_settings(
    lake: str, catalog: str | None, *, input_path: str = "", path_style: bool = False
) -> dict[str, str]:
    """Spark settings for the catalog `lake`, and for S3 where the lake or the input is there.

    Creates the catalog of a lake in a folder. Raises BadLake, BadArgument.
    """
    properties = s3_settings.catalog_settings(path_style=path_style) if object_store.is_in_bucket(lake) else {}
    if catalog == "glue":
        properties |= s3_settings.glue_settings(lake)
    elif catalog:
        properties |= local_catalog.catalog_properties(Path(catalog))
    elif "://" in lake:
        raise BadArgument(
            f"a lake at {lake} needs a catalog: --catalog glue, or --catalog <file of Iceberg catalog properties>"
        )
    else:
        properties = local_catalog.sqlite_catalog(Path(lake))
    properties = {"warehouse": f"{lake}/warehouse", "cache-enabled": "false", **properties}
    settings = {
        _EXTENSIONS: "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        _CATALOG: "org.apache.iceberg.spark.SparkCatalog",
        **{f"{_CATALOG}.{key}": value for key, value in properties.items()},
    }
    uses_s3 = object_store.is_in_bucket(lake) or object_store.is_in_bucket(input_path)
    return settings | (s3_settings.hadoop_settings(path_style=path_style) if uses_s3 else {})


def require_lake(lake: str, catalog: str | None) -> None:
    """Raises BadLake where a local folder is not a lake. To open it would create one."""
    if not catalog and not object_store.is_in_bucket(lake) and not (Path(lake) / "catalog.db").exists():
        raise BadLake(f"there is no lake at {lake}")


def start(settings: Mapping[str, str], *, is_short: bool = True) -> SparkSession:
    """The session with the settings from `catalog_settings`.

    Starts a JVM where none runs, tuned for a short run or a long one. Raises BadArgument where the running session was
    started with other settings.
    """
    object_store.check_buckets(settings[f"{_CATALOG}.warehouse"])
    line, is_on_glue = local_setup.runtime_line(), glue_session.is_glue()
    spark = glue_session.session(sys.argv) if is_on_glue else _local_session(line, settings, is_short=is_short)
    # The extensions cannot change once a session runs; on Glue the catalog cannot either, and both are job parameters.
    fixed = (_EXTENSIONS, _CATALOG) if is_on_glue else (_EXTENSIONS,)
    if differing := [
        f"{key}={value}"
        for key, value in settings.items()
        if key.startswith(fixed[1:]) and spark.conf.get(key, None) != value
    ]:
        raise BadArgument(
            f"the session was started without {differing[0]}; set the --conf parameter of the job as in docs/glue.md"
        )
    _prepare_jvm(spark)
    for key, value in {**settings, **SETTINGS, **SPEED}.items():
        if not key.startswith(fixed):
            spark.conf.set(key, value)
    return spark


def _local_session(line: RuntimeLine, settings: Mapping[str, str], *, is_short: bool) -> SparkSession:
    packages, classes = local_setup.required_packages(line, settings)
    is_submitted = "PYSPARK_GATEWAY_PORT" in os.environ  # spark-submit started the JVM
    if missing := [name for name in classes if is_submitted and not glue_session.has_class(name)]:
        raise BadArgument(f"this Spark has no class {missing[0]}; start it with --packages {','.join(packages)}")
    own = {} if is_submitted else local_setup.settings(line, packages, is_short=is_short)
    if not is_submitted:
        local_setup.start_java(own)
    own |= {key: value for key, value in settings.items() if key.startswith("spark.")}
    spark = SparkSession.builder.appName("weir").config(map=cast(Any, own)).getOrCreate()
    if not is_submitted:
        local_setup.report_unused_archive(spark, packages)
        _ignore_sigterm(spark)
    return spark


def _ignore_sigterm(spark: SparkSession) -> None:
    """Let Java ignore SIGTERM, which `timeout` and systemd also send to it: the end of a run is recorded with it.

    It ends when Python does.
    """
    jvm: Any = spark._jvm
    java_class(spark, "sun.misc.Signal").handle(jvm.sun.misc.Signal("TERM"), jvm.sun.misc.SignalHandler.SIG_IGN)


def _prepare_jvm(spark: SparkSession) -> None:
    """Set the locale, and cache the Java classes that build columns."""
    jvm: Any = spark._jvm
    # Lower case depends on the locale of the machine: Turkish has a dotless i.
    jvm.java.util.Locale.setDefault(jvm.java.util.Locale.ENGLISH)
    # Py4J would search nine packages, and so all jars, each time a column is built. Line 6.0 uses the qualified names.
    for name in (
        "org.apache.spark.sql.functions",
        "org.apache.spark.sql.Column",
        "org.apache.spark.api.python.PythonUtils",
    ):
        for alias in (name.rpartition(".")[2], name):
            setattr(jvm, alias, java_class(spark, name))
