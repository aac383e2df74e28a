"""Frames that this process reads itself: few rows as Arrow, and local Parquet files with DuckDB."""

import glob
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DateType

from jobs.runtime.spark.duckdb_sql import is_duckdb_installed, open_database, to_duckdb_sql
from jobs.runtime.spark.frames import literal_row, one_row
from schemas.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class LocalFiles:
    """The rows of a table in local Parquet files that satisfy the condition `where`."""

    table: Table
    paths: Sequence[str]
    where: str

    @property
    def query(self) -> str:
        """The DuckDB query that reads the rows. Instants are naive, in UTC."""
        columns = [
            f"make_timestamp(epoch_us({column.name})) AS {column.name}" if column.type == "timestamp" else column.name
            for column in self.table.columns
        ]
        paths = ", ".join("'" + path.replace("'", "''") + "'" for path in self.paths)
        # Hive partitioning would read a column from a parent folder named like a partition, such as day=2019-10-01.
        files = f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
        return f"SELECT {', '.join(columns)} FROM {files} WHERE {to_duckdb_sql(self.where)}"  # noqa: S608


@dataclass(frozen=True)
class View:
    """Rows that a suite can query: a Spark frame, and its local files where it has some.

    Without files this process reads the frame itself only where `is_small`. `rows` are the same rows where they are
    already in this process; their instants are naive, in UTC.
    """

    frame: DataFrame
    files: LocalFiles | None = None
    is_small: bool = True
    rows: "pa.Table | None" = None

    @property
    def is_local(self) -> bool:
        """Whether this process can read the rows itself."""
        return self.is_small or self.files is not None


def local_paths(spark: SparkSession, name: str, table: Any, snapshot: int, where: str) -> list[str] | None:
    """The data files of an Iceberg table at a snapshot that may have rows that satisfy the condition.

    None where the files are not local, a file has delete files, or DuckDB would expand their folder as a glob pattern.
    """
    location = str(table.location())
    if not location.startswith(("/", "file:")) or glob.has_magic(location):
        return None
    converter = cast(Any, spark._jvm).org.apache.spark.sql.execution.datasources.SparkExpressionConverter
    condition = converter.convertToIcebergExpression(
        converter.collectResolvedSparkExpression(spark._jsparkSession, name, where)
    )
    scan = table.newScan().useSnapshot(snapshot)
    paths = _planned_paths(scan.filter(condition))
    # Where no file matches, one of the others supplies the columns.
    return paths if paths or paths is None else (_planned_paths(scan) or [])[:1]


def _planned_paths(scan: Any) -> list[str] | None:
    """The data files of a scan; None where one has delete files."""
    paths, tasks = list[str](), scan.planFiles().iterator()
    while tasks.hasNext():
        task = tasks.next()
        if not task.deletes().isEmpty():
            return None
        paths.append(str(task.file().location()).removeprefix("file:"))
    return paths


def literal_view(spark: SparkSession, values: Mapping[str, Any]) -> View:
    """One row of values, such as the options and row counts of a run."""
    import pyarrow as pa

    naive = {
        name: value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
    cells = {name: pa.array([value], pa.timestamp("us") if value is None else None) for name, value in naive.items()}
    return View(literal_row(spark, values), rows=pa.table(cells))


def empty_view(frame: DataFrame, table: Table) -> View:
    """A view of the empty `frame` of the table."""
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    return View(frame, rows=_with_naive_instants(pa.Table.from_batches([], to_arrow_schema(table.struct))))


def days_view(spark: SparkSession, spans: Sequence[tuple[date, date]]) -> View:
    """Every `day` of the spans, from first to last day inclusive. *Grain:* day."""
    import pyarrow as pa

    days = [first + timedelta(days=offset) for first, last in spans for offset in range((last - first).days + 1)]
    frame = one_row(spark).select(
        F.explode(F.from_json(F.lit(json.dumps(days, default=str)), ArrayType(DateType()))).alias("day")
    )
    return View(frame, rows=pa.table({"day": pa.array(days, pa.date32())}))


def to_arrow(view: View) -> "pa.Table":
    """All rows of the view. Instants are naive, in UTC."""
    if view.files and is_duckdb_installed():
        import duckdb
        from sqlglot.errors import SqlglotError

        with suppress(duckdb.Error, SqlglotError), open_database() as database:
            return database.sql(view.files.query).to_arrow_table()
    return _collect_arrow(view.frame)


def _collect_arrow(frame: DataFrame) -> "pa.Table":
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    untyped: Any = frame
    if hasattr(frame, "toArrow"):  # since Spark 4
        table = untyped.toArrow()
    else:
        batches = untyped._collect_as_arrow()
        table = pa.Table.from_batches(batches, None if batches else to_arrow_schema(frame.schema))
    return _with_naive_instants(table)


def _with_naive_instants(table: "pa.Table") -> "pa.Table":
    import pyarrow as pa

    instant = pa.timestamp("us")
    fields = [field.with_type(instant) if pa.types.is_timestamp(field.type) else field for field in table.schema]
    return table.cast(pa.schema(fields))


def to_pandas(rows: "pa.Table", table: Table) -> Any:
    """The rows as a pandas frame for Great Expectations. NULLs stay NULLs.

    Ids become strings, because Great Expectations compares numbers as floats.
    """
    import pandas as pd

    dtypes = {"long": "Int64", "double": "Float64", "boolean": "boolean"}
    frame = pd.DataFrame({name: pd.Series(_python_values(rows[name]), dtype=object) for name in rows.column_names})
    for column in (column for column in table.columns if column.type in dtypes):
        dtype = "string" if column.name.endswith("_id") else dtypes[column.type]
        frame[column.name] = frame[column.name].astype(dtype)
    for column in (column for column in table.columns if column.type.startswith(("struct", "map", "array"))):
        frame[column.name] = frame[column.name].map(str, na_action="ignore")  # comparisons need hashable values
    return frame


def queries_with_rows(queries: Mapping[int, str], views: Mapping[str, View]) -> set[int] | None:
    """The keys of the Spark SQL queries that return at least one row.

    None where DuckDB cannot run one of them, or this process cannot read a view.
    """
    import duckdb
    import pyarrow as pa
    from sqlglot.errors import SqlglotError

    def has_row(database: Any, query: str) -> bool:
        return database.execute(f"SELECT 1 FROM ({to_duckdb_sql(query)}) LIMIT 1").fetchone() is not None  # noqa: S608

    try:
        words = set(re.findall(r"\w+", " ".join(queries.values())))
        with open_database() as database:
            for name in words.intersection(views):
                _register(database, name, views[name], words)
            # One query at a time: DuckDB can often answer it from the column statistics of the files.
            return {key for key, query in queries.items() if has_row(database, query)}
    except (duckdb.Error, SqlglotError, PySparkException, Py4JJavaError, pa.ArrowException):
        return None


def _register(database: Any, name: str, view: View, words: set[str]) -> None:
    """Register the view under its name, with the columns that are among `words`.

    Files may be older than a column: a small view is then collected by Spark instead.
    """
    import duckdb

    if view.rows is None and view.files:
        try:
            database.execute(f"CREATE VIEW {name} AS {view.files.query}")
        except duckdb.Error:
            if not view.is_small:
                raise
        else:
            return
    rows = _collect_arrow(_select_named(view.frame, words)) if view.rows is None else view.rows
    database.register(name, rows)


def _python_values(column: "pa.ChunkedArray") -> list[Any]:
    """The values of the column. Invalid UTF-8 is replaced, as Spark does when it collects rows."""
    import pyarrow as pa

    if not pa.types.is_string(column.type):
        return list(column.to_pylist())
    return [None if text is None else text.decode(errors="replace") for text in column.cast(pa.binary()).to_pylist()]


def _select_named(frame: DataFrame, words: set[str]) -> DataFrame:
    """The columns whose names are among the words; all columns where none is."""
    return frame.select([name for name in frame.columns if name in words] or frame.columns)
