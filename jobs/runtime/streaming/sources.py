"""Where the lines of a stream come from: files in a folder, or on Glue a Kinesis data stream."""

import os
from collections.abc import Mapping
from pathlib import Path
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

    Files are those of the folder and its subfolders, without those whose name, or that of a subfolder, begins with . or
    _. Raises BadInput if the source is not there, BadArgument if it does not go with the other options.
    """
    source: str = values["input"]
    if source.startswith(_KINESIS):
        return _read_kinesis(source, available_now=values["available_now"])
    if not object_store.exists(source):
        raise BadInput(f"--input {source}: there is no such folder")
    for option in ("lake", "checkpoint"):
        if values[option] and _is_inside(values[option], source):
            raise BadArgument(f"--{option} {values[option]} is in --input {source}, whose subfolders are read too")
    # Otherwise Spark reads only subfolders like day=1, and refuses others beside them. It would ignore files that are a
    # week older than the newest one, such as copies that keep their time.
    options = {"maxFilesPerTrigger": values["max_files"], "recursiveFileLookup": True, "maxFileAge": "36500d"}
    lines = spark.readStream.options(**options).text(escape_glob(source))
    return lines.select(F.col("value").alias("line"), source_file_column().alias("source_file"))


def _is_inside(location: str, folder: str) -> bool:
    if object_store.is_in_bucket(location) or object_store.is_in_bucket(folder):
        return f"{object_store.normalise_uri(location)}/".startswith(
            f"{object_store.normalise_uri(folder).rstrip('/')}/"
        )
    return Path(os.path.abspath(location)).is_relative_to(os.path.abspath(folder))  # noqa: PTH100


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
