"""AWS Glue: detect it, and get its session. The only file that imports awsglue."""

import os
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession


def is_glue() -> bool:
    """Whether the running JVM is Glue's. False where no JVM runs yet."""
    return "PYSPARK_GATEWAY_PORT" in os.environ and has_class("com.amazonaws.services.glue.GlueContext")


def has_class(name: str) -> bool:
    """Whether the JVM has the class. Py4J resolves an unknown name to a package."""
    SparkContext._ensure_initialized()
    jvm: Any = SparkContext._jvm
    return type(reduce(getattr, name.split("."), jvm)).__name__ == "JavaClass"


def session(argv: Sequence[str]) -> SparkSession:
    """Glue's session. Initialises the Glue job by name, so that its metrics and logs belong to it."""
    from awsglue.context import GlueContext
    from awsglue.job import Job
    from awsglue.utils import getResolvedOptions

    context = GlueContext(SparkContext.getOrCreate())
    options = getResolvedOptions(list(argv), ["JOB_NAME"])
    Job(context).init(options["JOB_NAME"], options)
    spark: SparkSession = context.spark_session
    return spark


def streaming_frame(connection: str, options: Mapping[str, str]) -> DataFrame:
    """The records of a stream by one of Glue's connectors, as a streaming frame."""
    from awsglue.context import GlueContext

    reader = GlueContext(SparkContext.getOrCreate()).create_data_frame
    frame: DataFrame = reader.from_options(connection_type=connection, connection_options=dict(options))
    return frame
