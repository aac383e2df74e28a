"""Append a few Python rows to an Iceberg table without a Spark job: they need no free executor and no query plan."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from jobs.runtime.iceberg.retry import retry_commit
from jobs.runtime.spark.java_classes import java_class

_ICEBERG, _JACKSON = "org.apache.iceberg", "com.fasterxml.jackson.databind"


def append_rows(spark: SparkSession, iceberg: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows of text, numbers and instants by column name, in one commit. Missing values are NULL."""
    jvm: Any = spark._jvm
    schema, spec = iceberg.schema(), iceberg.spec()
    record, key = java_class(spark, f"{_ICEBERG}.data.GenericRecord").create(schema), _new(jvm, "PartitionKey")
    as_internal = _new(jvm, "data.InternalRecordWrapper")(schema.asStruct())
    appenders = _new(jvm, "data.GenericAppenderFactory")(schema, spec).setAll(iceberg.properties())
    parquet = java_class(spark, f"{_ICEBERG}.FileFormat").fromString("parquet")
    output = java_class(spark, f"{_ICEBERG}.io.OutputFileFactory").builderFor(iceberg, 0, 0).format(parquet).build()
    writers: dict[str, Any] = {}
    for values in _java_maps(spark, rows):
        partition = key(spec, schema)
        row = record.copy(values)
        partition.partition(as_internal.wrap(row))
        path = str(partition.toPath())
        if path not in writers:
            writers[path] = appenders.newDataWriter(output.newOutputFile(partition), parquet, partition)
        writers[path].write(row)
    for writer in writers.values():
        writer.close()

    def commit() -> None:
        append = iceberg.newAppend()
        for writer in writers.values():
            append = append.appendFile(writer.toDataFile())
        append.commit()

    retry_commit(commit)


def _java_maps(spark: SparkSession, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The rows as maps in Java. Integers become Long by way of JSON: Py4J would pass small ones as Integer."""
    jvm: Any = spark._jvm
    mapper = jvm.com.fasterxml.jackson.databind.ObjectMapper()
    mapper.enable(java_class(spark, f"{_JACKSON}.DeserializationFeature").valueOf("USE_LONG_FOR_INTS"))
    plain = [{name: value for name, value in row.items() if not isinstance(value, datetime)} for row in rows]
    maps = list(mapper.readValue(json.dumps(plain), java_class(spark, "java.lang.Class").forName("java.util.List")))
    for row, values in zip(rows, maps, strict=True):
        for name, value in row.items():
            if isinstance(value, datetime):
                values.put(name, java_class(spark, "java.time.OffsetDateTime").parse(value.isoformat()))
    return maps


def _new(jvm: Any, name: str) -> Any:
    """The constructor of a class of Iceberg."""
    found = jvm.org.apache.iceberg
    for part in name.split("."):
        found = getattr(found, part)
    return found
