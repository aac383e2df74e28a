"""AWS Glue: the only file that imports awsglue."""

import os
import sys
from collections.abc import Sequence

from pyspark import SparkContext
from pyspark.sql import SparkSession


def is_glue() -> bool:
    """Whether the JVM that we run beside is Glue's. Without a JVM there is none to ask: we start our own."""
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        return False
    SparkContext._ensure_initialized()
    glue_context = SparkContext._jvm.com.amazonaws.services.glue.GlueContext
    return type(glue_context).__name__ == "JavaClass"


def session() -> SparkSession:
    from awsglue.context import GlueContext

    spark: SparkSession = GlueContext(SparkContext.getOrCreate()).spark_session
    return spark


def job_name(argv: Sequence[str] = sys.argv) -> str:
    from awsglue.utils import getResolvedOptions

    name: str = getResolvedOptions(list(argv), ["JOB_NAME"])["JOB_NAME"]
    return name
