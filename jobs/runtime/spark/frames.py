"""Small DataFrames from Python values, and small results of DataFrames."""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StringType

from schemas.table import Table

Bounds = tuple[datetime | None, datetime | None]
_NEAR = timedelta(days=31)


def bounds(frame: DataFrame, column: str, before: datetime | None = None) -> Bounds:
    """The least and the greatest instant in the column, before an instant. *Nulls:* None where there is none.

    Of a whole table that is not small Iceberg reads them from the bounds of its files, and before an instant most often from those of some days.
    """
    least, greatest = instants(frame.agg(F.min(column), F.max(column)))
    if before is None or least is None or greatest is None or greatest < before:
        return least, greatest
    if least >= before:
        return None, None
    earlier = frame.filter(F.col(column) < F.lit(before))
    near = earlier.filter(F.col(column) >= F.lit(before - _NEAR))
    return least, instants(near.agg(F.max(column)))[0] or instants(earlier.agg(F.max(column)))[0]


def instants(row: DataFrame) -> list[datetime | None]:
    """The instants that are the cells of a frame of one row."""
    # As text: Spark would hand out an instant in the zone of this machine.
    cells = row.select(*(F.col(f"`{name}`").cast("string") for name in row.columns)).collect()[0]
    return [datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None for text in cells]


@functools.cache
def one_row(spark: SparkSession) -> DataFrame:
    """One row to select literals from, in one partition: Spark then exchanges no rows for them."""
    return spark.range(0, 1, 1, 1)


def local_frame(spark: SparkSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Rows of the driver as a frame of the table; parsed from JSON, since that needs no Python worker."""
    text = json.dumps(rows, default=lambda moment: moment.isoformat())
    return one_row(spark).select(F.inline(F.from_json(F.lit(text), ArrayType(table.struct))))


def in_order(spark: SparkSession, paths: Iterable[str]) -> DataFrame:
    """Paths as `source_file`, each with its place in their order as `file`."""
    each = F.posexplode(F.from_json(F.lit(json.dumps(sorted(paths))), ArrayType(StringType())))
    return one_row(spark).select(each.alias("file", "source_file"))


def local_row(spark: SparkSession, values: Mapping[str, Any]) -> DataFrame:
    """One row of literals, for queries that ask what the run was told or counted: of such a subquery Spark makes the literal."""
    return spark.sql("SELECT 1").select(
        *(
            (F.lit(value) if value is not None else F.lit(None).cast("timestamp")).alias(name)
            for name, value in values.items()
        )
    )


def begun_anew(frame: DataFrame) -> DataFrame:
    """The same rows, as if they had come from nowhere: what is asked of them is planned without all that made them, and may stand in any condition."""
    spark: Any = frame.sparkSession
    made = spark._jsparkSession.internalCreateDataFrame(frame._jdf.queryExecution().toRdd(), frame._jdf.schema(), False)
    return DataFrame(made, frame.sparkSession)


def content_hash(frame: DataFrame) -> str:
    """A number for all rows together, whatever their order: two tables of the same rows have the same.

    It adds up, over the rows, 60 bits of the SHA-256 of each.
    """
    cells = [F.coalesce(F.col(f"`{name}`").cast("string"), F.lit("\0")) for name in frame.columns]
    bits = F.conv(F.substring(F.sha2(F.concat_ws("\x1f", *cells), 256), 1, 15), 16, 10).cast("decimal(38,0)")
    total, rows = frame.agg(F.coalesce(F.sum(bits), F.lit(0)), F.count("*")).collect()[0]
    return f"{rows}:{int(total):x}"
