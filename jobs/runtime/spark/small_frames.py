"""Small DataFrames from Python values, and small results of DataFrames."""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DateType, StringType

from schemas.table import Table

Bounds = tuple[datetime | None, datetime | None]
_RECENT = timedelta(days=31)


def bounds(frame: DataFrame, column: str, before: datetime | None = None) -> Bounds:
    """The minimum and maximum instant of the column; with `before`, of the instants before it.

    *Nulls:* None where there is no instant. Iceberg reads the bounds of a whole table that is not small from its file
    metadata. The maximum before an instant is first searched in the 31 days before it.
    """
    first, last = read_instants(frame.agg(F.min(column), F.max(column)))
    if before is None or first is None or last is None or last < before:
        return first, last
    if first >= before:
        return None, None
    earlier = frame.filter(F.col(column) < F.lit(before))
    recent = earlier.filter(F.col(column) >= F.lit(before - _RECENT))
    return first, read_instants(recent.agg(F.max(column)))[0] or read_instants(earlier.agg(F.max(column)))[0]


def read_instants(row: DataFrame) -> list[datetime | None]:
    """The cells of a one-row frame of instants, in UTC."""
    # Cast to text: Spark would return instants in the zone of this machine.
    cells = row.select(*(F.col(f"`{name}`").cast("string") for name in row.columns)).collect()[0]
    return [datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None for text in cells]


@functools.cache
def one_row(spark: SparkSession) -> DataFrame:
    """One row to select literals from. It has a single partition, so that Spark needs no exchange."""
    return spark.range(0, 1, 1, 1)


def local_frame(spark: SparkSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Python rows as a frame with the schema of the table. They are parsed from JSON, which needs no Python worker."""
    text = json.dumps(rows, default=lambda moment: moment.isoformat())
    return one_row(spark).select(F.inline(F.from_json(F.lit(text), ArrayType(table.struct))))


def numbered_files(spark: SparkSession, paths: Iterable[str]) -> DataFrame:
    """The sorted paths as `source_file`, each with its position as `file`. *Grain:* path."""
    numbered = F.posexplode(F.from_json(F.lit(json.dumps(sorted(paths))), ArrayType(StringType())))
    return one_row(spark).select(numbered.alias("file", "source_file"))


def literal_row(spark: SparkSession, values: Mapping[str, Any]) -> DataFrame:
    """One row of literals, such as the options and row counts of a run. Spark folds a subquery on it into a literal.

    Values that are no literals of Spark are their text.
    """

    def literal(value: Any) -> Column:
        if value is None:
            return F.lit(None).cast("timestamp")
        return F.lit(value if isinstance(value, str | int | float | Decimal | date | list | tuple) else str(value))

    return spark.sql("SELECT 1").select(*(literal(value).alias(name) for name, value in values.items()))


def days_frame(spark: SparkSession, spans: Sequence[tuple[date, date]]) -> DataFrame:
    """Every `day` of the spans, from first to last day inclusive. *Grain:* day."""
    days = [first + timedelta(days=offset) for first, last in spans for offset in range((last - first).days + 1)]
    listed = F.from_json(F.lit(json.dumps(days, default=str)), ArrayType(DateType()))
    return one_row(spark).select(F.explode(listed).alias("day"))


def cut_lineage(frame: DataFrame) -> DataFrame:
    """The same rows without their lineage.

    Queries on them are planned without the plan that computed them, and may use them in any condition.
    """
    spark: Any = frame.sparkSession
    rows = frame._jdf.queryExecution().toRdd()
    return DataFrame(spark._jsparkSession.internalCreateDataFrame(rows, frame._jdf.schema(), False), frame.sparkSession)


def content_hash(frame: DataFrame) -> str:
    """A hash of all rows that does not depend on their order: frames with the same rows have the same hash.

    It is the row count and the sum of the first 60 bits of the SHA-256 of each row.
    """
    cells = [F.coalesce(F.col(f"`{name}`").cast("string"), F.lit("\0")) for name in frame.columns]
    bits = F.conv(F.substring(F.sha2(F.concat_ws("\x1f", *cells), 256), 1, 15), 16, 10).cast("decimal(38,0)")
    total, rows = frame.agg(F.coalesce(F.sum(bits), F.lit(0)), F.count("*")).collect()[0]
    return f"{rows}:{int(total):x}"
