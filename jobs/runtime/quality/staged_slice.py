"""A staged slice: what a suite checks."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame

from jobs.runtime.iceberg.staged_commit import Staged
from schemas.table import Table


@dataclass(frozen=True)
class Slice:
    """The staged rows of a table that satisfy `where`, and the `views` that the queries of its suite may name."""

    table: Table
    staged: Staged
    where: str
    views: Mapping[str, DataFrame]
