"""Read the summaries of snapshots: changed partitions, row counts, and properties of the run that wrote them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from pyspark.sql import SparkSession

from jobs.runtime.spark import jvm_gateway
from schemas.table import Table

# What a run writes beside a commit, and there the name of the run whose rows follow in another commit.
NOTE, PART_OF = "weir.", "part_of"
_PARTITION = "partitions."
_COMPACTION = "replace"


def changed(spark: SparkSession, iceberg: Any, table: Table, since: int | None, until: int | None) -> set[str] | None:
    """The partitions that commits after `since` touched, up to `until`, as Iceberg writes them; None where that cannot be told.

    That is where a snapshot is lost, a commit touched too many partitions to name them, or the table has none.
    """
    found = set[str]()
    while until != since:
        commit = None if until is None else iceberg.snapshot(until)
        if commit is None:
            return None
        summary = {} if commit.operation() == _COMPACTION else _as_dict(spark, commit.summary())
        named = {key.removeprefix(_PARTITION) for key in summary if key.startswith(_PARTITION)}
        if len(named) != int(summary.get("changed-partition-count", 0)) or (named and not table.partition):
            return None
        found |= named
        until = commit.parentId()
    return found


def rows(iceberg: Any, snapshot: int) -> int:
    """How many rows there are at a snapshot."""
    summary = iceberg.snapshot(snapshot).summary()
    return int(summary.get("total-records")) - int(summary.get("total-position-deletes") or 0)


@contextmanager
def in_parts(spark: SparkSession, run_id: str) -> Iterator[None]:
    """Let the commits of these moments say that they are part of the run: SQL has no options."""
    context = jvm_gateway.statics(spark, "org.apache.iceberg.EnvironmentContext")
    context.put(f"{NOTE}{PART_OF}", run_id)
    try:
        yield
    finally:
        context.remove(f"{NOTE}{PART_OF}")


def _as_dict(spark: SparkSession, summary: Any) -> dict[str, str]:
    """A map of Java, by its JSON: to go through it would be a question to the JVM for each key."""
    jvm = cast(Any, spark._jvm)
    found: dict[str, str] = json.loads(jvm.org.apache.iceberg.util.JsonUtil.mapper().writeValueAsString(summary))
    return found
