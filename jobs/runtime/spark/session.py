"""Start the Spark session with the settings that change answers and the catalog, on this machine and on Glue."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.runtime.errors import BadArgument, BadLake
from jobs.runtime.spark import glue, jvm_gateway, local_machine
from jobs.runtime.storage import object_store

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
# What only costs less with them.
SPEED = {
    # Java compiles no method of more bytes than this, and one that is interpreted takes ten times as long.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # A first map of few groups is in the way of so many as visitors, products and lines of carts are.
    "spark.sql.codegen.aggregate.map.twolevel.enabled": "false",
    # Rows are held for as long as they are staged: to find out how each column is best compressed costs more than what is saved.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
}
_CATALOG = "spark.sql.catalog.lake"
_EXTENSIONS = "spark.sql.extensions"


def catalog(lake: str, chosen: str | None, *, given: str = "", path_style: bool = False) -> dict[str, str]:
    """Spark's settings for the catalog `lake`, made where it is a file, and for buckets. Raises BadLake, BadArgument."""
    own = object_store.catalog_settings(path_style=path_style) if object_store.is_in_bucket(lake) else {}
    if chosen == "glue":
        own |= object_store.glue_settings(lake)
    elif chosen:
        own |= local_machine.catalog_properties(Path(chosen))
    elif "://" in lake:
        raise BadArgument(
            f"a lake at {lake} needs a catalog: --catalog glue, or --catalog <file of Iceberg catalog properties>"
        )
    else:
        own = local_machine.catalog_in_folder(Path(lake))
    settings = {"warehouse": f"{lake}/warehouse", "cache-enabled": "false", **own}
    extensions = {_EXTENSIONS: "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"}
    tables = {
        **extensions,
        _CATALOG: "org.apache.iceberg.spark.SparkCatalog",
        **{f"{_CATALOG}.{key}": value for key, value in settings.items()},
    }
    return tables | (
        object_store.hadoop_settings(path_style=path_style)
        if object_store.is_in_bucket(lake) or object_store.is_in_bucket(given)
        else {}
    )


def find_lake(lake: str, chosen: str | None) -> None:
    """Raises BadLake where the folder is no lake: to open it makes one."""
    if not chosen and not object_store.is_in_bucket(lake) and not (Path(lake) / "catalog.db").exists():
        raise BadLake(f"there is no lake at {lake}")


def start(settings: Mapping[str, str], *, is_short: bool = True) -> SparkSession:
    """The session with these `settings`, those of `catalog`; starts a JVM where none runs yet, for little work or much."""
    object_store.check(settings[f"{_CATALOG}.warehouse"])
    packages, classes = local_machine.needs(local_machine.line(), settings)
    if glue.is_glue():
        spark = glue.session(sys.argv)
    else:
        runs_beside_a_jvm = "PYSPARK_GATEWAY_PORT" in os.environ  # spark-submit started us
        if lacking := [name for name in classes if runs_beside_a_jvm and not glue.has_class(name)]:
            raise BadArgument(f"this Spark has no {lacking[0]}; start it with --packages {','.join(packages)}")
        own: Any = (
            {} if runs_beside_a_jvm else local_machine.settings(local_machine.line(), packages, is_short=is_short)
        )
        own |= {key: value for key, value in settings.items() if key.startswith("spark.")}
        if not runs_beside_a_jvm:
            local_machine.start_java(own)
        spark = SparkSession.builder.appName("weir").config(map=own).getOrCreate()
        if not runs_beside_a_jvm:
            local_machine.look_at_classes(spark, packages)
    # The extensions are fixed when a session starts, on Glue the catalog too: both are parameters of the job there.
    fixed = (_EXTENSIONS, _CATALOG) if glue.is_glue() else (_EXTENSIONS,)
    if differs := [
        f"{key}={value}"
        for key, value in settings.items()
        if key.startswith(fixed[1:]) and spark.conf.get(key, None) != value
    ]:
        raise BadArgument(f"the session was started without {differs[0]}; give the job the --conf of docs/glue.md")
    # Letters beyond ASCII become small as the machine's language has them: Turkish has another i.
    jvm: Any = spark._jvm
    jvm.java.util.Locale.setDefault(jvm.java.util.Locale.ENGLISH)
    # Else py4j looks for them in nine packages, and so in all jars, each time that a column is built. Line 6.0 asks by the whole name.
    for name in (
        "org.apache.spark.sql.functions",
        "org.apache.spark.sql.Column",
        "org.apache.spark.api.python.PythonUtils",
    ):
        for known in (name.rpartition(".")[2], name):
            setattr(jvm, known, jvm_gateway.statics(spark, name))
    for key, value in {**settings, **SETTINGS, **SPEED}.items():
        if not key.startswith(fixed):
            spark.conf.set(key, value)
    return spark
