"""Read snapshot summaries: changed partitions, row counts, and the properties set by the run that committed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from pyspark.sql import SparkSession

from jobs.runtime.spark.java_classes import java_class
from schemas.table import Table

# The prefix of Weir's snapshot properties, and the property that names the run which a partial commit belongs to.
PROPERTY_PREFIX, PART_OF = "weir.", "part_of"
_PARTITION = "partitions."
_COMPACTION = "replace"


def changed_partitions(
    spark: SparkSession, iceberg: Any, table: Table, since: int | None, until: int | None
) -> set[str] | None:
    """The partitions that commits after `since` changed, up to and including `until`, as Iceberg names them.

    Compaction changes none. None where that is unknown: a snapshot has expired, a commit changed too many partitions to
    list them, or the table is not partitioned.
    """
    partitions = set[str]()
    while until != since:
        commit = None if until is None else iceberg.snapshot(until)
        if commit is None:
            return None
        summary = {} if commit.operation() == _COMPACTION else _to_dict(spark, commit.summary())
        listed = {key.removeprefix(_PARTITION) for key in summary if key.startswith(_PARTITION)}
        if len(listed) != int(summary.get("changed-partition-count", 0)) or (listed and not table.partition):
            return None
        partitions |= listed
        until = commit.parentId()
    return partitions


def row_count(iceberg: Any, snapshot: int) -> int:
    """The number of rows at a snapshot, from its summary.

    Too low where deletes are left of files that were rewritten, see `deleted_positions`.
    """
    return int(iceberg.snapshot(snapshot).summary().get("total-records")) - deleted_positions(iceberg, snapshot)


def deleted_positions(iceberg: Any, snapshot: int) -> int:
    """The number of position deletes at a snapshot, also of those that no longer apply."""
    return int(iceberg.snapshot(snapshot).summary().get("total-position-deletes") or 0)


def has_records(iceberg: Any, snapshot: int) -> bool:
    """Whether a snapshot has data files with rows, deleted or not."""
    return int(iceberg.snapshot(snapshot).summary().get("total-records")) > 0


@contextmanager
def part_of_run(spark: SparkSession, run_id: str, properties: Mapping[str, str] | None = None) -> Iterator[None]:
    """Mark the commits in this context as part of the run. SQL statements have no option for snapshot properties.

    `properties` are further ones.
    """
    context = java_class(spark, "org.apache.iceberg.EnvironmentContext")
    given = {f"{PROPERTY_PREFIX}{name}": value for name, value in {PART_OF: run_id, **(properties or {})}.items()}
    for name, value in given.items():
        context.put(name, value)
    try:
        yield
    finally:
        for name in given:
            context.remove(name)


def _to_dict(spark: SparkSession, summary: Any) -> dict[str, str]:
    """A Java map, by way of JSON: to iterate over it would be a call to the JVM for each key."""
    jvm = cast(Any, spark._jvm)
    properties: dict[str, str] = json.loads(jvm.org.apache.iceberg.util.JsonUtil.mapper().writeValueAsString(summary))
    return properties
