"""Frames read in this process: few rows as Arrow, and Parquet files of this machine by DuckDB."""

import glob
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import util
from typing import TYPE_CHECKING, Any, cast

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DateType

from jobs.runtime.spark.frames import local_row, one_row
from schemas.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

# Beyond a gigabyte DuckDB writes to disk what it works on.
_SETTINGS = "SET TimeZone = 'UTC'; SET memory_limit = '1GB'; SET parquet_metadata_cache = true;"
# What Spark has and DuckDB lacks.
MACROS = """
CREATE MACRO make_dt_interval(days, hours) AS to_days(days) + to_hours(hours);
CREATE MACRO from_utc(instant, zone) AS CASE WHEN zone = 'UTC' THEN instant ELSE timezone(zone, timezone('UTC', instant)) END;
"""


@dataclass(frozen=True)
class Files:
    """The rows of a table in Parquet files of this machine, for which `where` holds."""

    table: Table
    paths: Sequence[str]
    where: str

    @property
    def query(self) -> str:
        """In DuckDB's words; instants are naive, in UTC."""
        columns = [
            f"make_timestamp(epoch_us({one.name})) AS {one.name}" if one.type == "timestamp" else one.name
            for one in self.table.columns
        ]
        paths = ", ".join("'" + path.replace("'", "''") + "'" for path in self.paths)
        # A folder above them that is named as a partition would be, day=2019-10-01, has nothing to say of the rows.
        read = f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
        return f"SELECT {', '.join(columns)} FROM {read} WHERE {in_duckdb(self.where)}"  # noqa: S608


@dataclass(frozen=True)
class View:
    """Rows that a suite may ask: as Spark has them, and as files of this machine where they lie in some. Without, this process reads only few.

    `rows` are the same where this process has them already; instants are naive, in UTC.
    """

    frame: DataFrame
    files: Files | None = None
    is_few: bool = True
    rows: "pa.Table | None" = None

    @property
    def is_here(self) -> bool:
        """Whether this process can read them."""
        return self.is_few or self.files is not None


def paths_here(spark: SparkSession, name: str, table: Any, snapshot: int, where: str) -> list[str] | None:
    """The files of data of a table, with Iceberg's view of it, at a snapshot in which the condition may hold.

    None where they are not on this machine, rows of one are deleted apart, or DuckDB would take their folder for a pattern.
    """
    location = str(table.location())
    if not location.startswith(("/", "file:")) or glob.has_magic(location):
        return None
    converter = cast(Any, spark._jvm).org.apache.spark.sql.execution.datasources.SparkExpressionConverter
    condition = converter.convertToIcebergExpression(
        converter.collectResolvedSparkExpression(spark._jsparkSession, name, where)
    )
    scan = table.newScan().useSnapshot(snapshot)
    found = _planned(scan.filter(condition))
    return (
        found if found or found is None else (_planned(scan) or [])[:1]
    )  # where it holds nowhere, any file says what columns there are


def _planned(scan: Any) -> list[str] | None:
    """The files of a scan; None where rows of one are deleted apart."""
    paths, tasks = list[str](), scan.planFiles().iterator()
    while tasks.hasNext():
        task = tasks.next()
        if not task.deletes().isEmpty():
            return None
        paths.append(str(task.file().location()).removeprefix("file:"))
    return paths


def known(spark: SparkSession, values: Mapping[str, Any]) -> View:
    """One row of what the run was told or counted."""
    import pyarrow as pa

    naive = {
        name: value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
    cells = {name: pa.array([value], pa.timestamp("us") if value is None else None) for name, value in naive.items()}
    return View(local_row(spark, values), rows=pa.table(cells))


def empty(frame: DataFrame, table: Table) -> View:
    """No rows of the table, as a `frame` has them."""
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    return View(frame, rows=_naive(pa.Table.from_batches([], to_arrow_schema(table.struct))))


def days(spark: SparkSession, spans: Sequence[tuple[date, date]]) -> View:
    """Every `day` of the spans, from a first one to a last one. *Grain:* day."""
    import pyarrow as pa

    listed = [first + timedelta(days=more) for first, last in spans for more in range((last - first).days + 1)]
    frame = one_row(spark).select(
        F.explode(F.from_json(F.lit(json.dumps(listed, default=str)), ArrayType(DateType()))).alias("day")
    )
    return View(frame, rows=pa.table({"day": pa.array(listed, pa.date32())}))


def as_arrow(view: View) -> "pa.Table":
    """All rows; instants are naive, in UTC."""
    if view.files and can_answer():
        import duckdb
        from sqlglot.errors import SqlglotError

        with suppress(duckdb.Error, SqlglotError), _database() as database:
            return database.sql(view.files.query).to_arrow_table()
    return _collected(view.frame)


def _collected(frame: DataFrame) -> "pa.Table":
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    spark: Any = frame
    if hasattr(frame, "toArrow"):  # of Spark 4
        table = spark.toArrow()
    else:
        batches = spark._collect_as_arrow()
        table = pa.Table.from_batches(batches, None if batches else to_arrow_schema(frame.schema))
    return _naive(table)


def _naive(table: "pa.Table") -> "pa.Table":
    import pyarrow as pa

    return table.cast(
        pa.schema(
            [
                field.with_type(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field
                for field in table.schema
            ]
        )
    )


def in_pandas(rows: "pa.Table", table: Table) -> Any:
    """Rows for Great Expectations: ids become text, since it compares numbers as binary fractions; NULLs stay NULLs."""
    import pandas as pd

    kinds = {"long": "Int64", "double": "Float64", "boolean": "boolean"}
    small = pd.DataFrame({name: pd.Series(_values(rows[name]), dtype=object) for name in rows.column_names})
    for column in (column for column in table.columns if column.type in kinds):
        small[column.name] = small[column.name].astype("string" if column.name.endswith("_id") else kinds[column.type])
    for column in (column for column in table.columns if column.type.startswith(("struct", "map", "array"))):
        small[column.name] = small[column.name].map(str, na_action="ignore")  # what is compared has to be hashable
    return small


def can_answer() -> bool:
    """Whether DuckDB and the translator of Spark's SQL are installed: both are of the extra `report`."""
    return bool(util.find_spec("duckdb") and util.find_spec("sqlglot"))


def which_find(queries: Mapping[int, str], views: Mapping[str, View]) -> set[int] | None:
    """Which of the queries, in Spark's words, find a row; None where DuckDB does not understand one, or a view cannot be read here."""
    import duckdb
    import pyarrow as pa
    from sqlglot.errors import SqlglotError

    try:
        words = set(re.findall(r"\w+", " ".join(queries.values())))
        with _database() as database:
            for name in words.intersection(views):
                _offer(database, name, views[name], words)
            # Each by itself: what the files say of their columns is often all that has to be read.
            return {
                at
                for at, query in queries.items()
                if database.execute(f"SELECT 1 FROM ({in_duckdb(query)}) LIMIT 1").fetchone()
            }  # noqa: S608  (ours)
    except (duckdb.Error, SqlglotError, PySparkException, Py4JJavaError, pa.ArrowException):
        return None


@contextmanager
def _database() -> Iterator[Any]:
    import duckdb

    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as database:
        database.execute(f"{_SETTINGS} SET temp_directory = '{scratch}'; {MACROS}")
        yield database


def _offer(database: Any, name: str, view: View, words: set[str]) -> None:
    """Let queries of these words ask the rows by this name. Of few, files that are older than a column are no hindrance."""
    import duckdb

    if view.rows is None and view.files:
        try:
            database.execute(f"CREATE VIEW {name} AS {view.files.query}")
        except duckdb.Error:
            if not view.is_few:
                raise
        else:
            return
    database.register(name, _collected(_named(view.frame, words)) if view.rows is None else view.rows)


def in_duckdb(query: str) -> str:
    """A query of Spark's in DuckDB's words; see MACROS."""
    import sqlglot
    from sqlglot import ErrorLevel, exp

    def said(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "xxhash64":
            return exp.Anonymous(this="hash", expressions=node.expressions)
        if isinstance(node, exp.AtTimeZone):  # made of from_utc_timestamp, the other way round
            return exp.Anonymous(this="from_utc", expressions=[node.this, node.args["zone"]])
        return node

    return sqlglot.parse_one(query, read="spark").transform(said).sql("duckdb", unsupported_level=ErrorLevel.RAISE)


def _values(column: "pa.ChunkedArray") -> list[Any]:
    """As Python has them; bytes that are no text are replaced, as Spark does when it hands rows over."""
    import pyarrow as pa

    if not pa.types.is_string(column.type):
        return list(column.to_pylist())
    return [None if text is None else text.decode(errors="replace") for text in column.cast(pa.binary()).to_pylist()]


def _named(frame: DataFrame, words: set[str]) -> DataFrame:
    """Its columns that are among the words; all where none is."""
    return frame.select([name for name in frame.columns if name in words] or frame.columns)
