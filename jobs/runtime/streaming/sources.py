"""Where the lines of a stream come from: files in a folder, or on Glue a Kinesis data stream."""

from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.ingest.file_readers import escape_glob, source_file_column
from jobs.runtime.spark import glue_session
from jobs.runtime.storage import object_store

_KINESIS = "kinesis:"


def read_lines(spark: SparkSession, values: Mapping[str, Any]) -> DataFrame:
    """The lines of a stream as they come, as a streaming frame. *Grain:* one row per `line`, with its `source_file`.

    Raises BadInput if the source is not there, BadArgument if it does not go with the other options.
    """
    source: str = values["input"]
    if source.startswith(_KINESIS):
        return _read_kinesis(source, available_now=values["available_now"])
    if not object_store.exists(source):
        raise BadInput(f"--input {source}: there is no such folder")
    lines = spark.readStream.option("maxFilesPerTrigger", values["max_files"]).text(escape_glob(source))
    return lines.select(F.col("value").alias("line"), source_file_column().alias("source_file"))


def _read_kinesis(source: str, *, available_now: bool) -> DataFrame:
    if available_now:
        raise BadArgument(f"--input {source} has no end; leave out --available_now")
    if not glue_session.is_glue():
        raise BadInput(f"--input {source} is read by Glue's connector; elsewhere, run realtime.poll_kinesis")
    records = glue_session.streaming_frame("kinesis", kinesis_options(source))
    # The only column: its name differs from one version of Glue to the next.
    line = F.col(f"`{records.columns[0]}`").cast("string")
    lines = F.explode(F.split(line, r"\r?\n")).alias("line")  # a record of Firehose may have several
    return records.select(lines, F.lit(source).alias("source_file")).filter(F.col("line") != "")


def kinesis_options(source: str) -> dict[str, str]:
    """The options of Glue's connector for `kinesis:<ARN>`.

    With inferSchema it delivers each record as a text, and leaves parsing to us: lines that are no JSON are rejected
    whole.
    """
    return {
        "streamARN": source.removeprefix(_KINESIS),
        "startingPosition": "TRIM_HORIZON",
        "classification": "json",
        "inferSchema": "true",
        "emitConsumerLagMetrics": "true",
    }
