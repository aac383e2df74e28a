"""DuckDB in this process: open a database, and translate Spark SQL to DuckDB's dialect."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Above one gigabyte DuckDB spills to disk.
_SETTINGS = "SET TimeZone = 'UTC'; SET memory_limit = '1GB'; SET parquet_metadata_cache = true;"
# Functions that Spark has and DuckDB lacks.
MACROS = """
CREATE MACRO make_dt_interval(days, hours) AS to_days(days) + to_hours(hours);
CREATE MACRO from_utc(instant, zone) AS
    CASE WHEN zone = 'UTC' THEN instant ELSE timezone(zone, timezone('UTC', instant)) END;
"""


@contextmanager
def open_database() -> Iterator[Any]:
    """An empty in-memory database in UTC, with MACROS."""
    import duckdb

    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as database:
        database.execute(f"{_SETTINGS} SET temp_directory = '{scratch}'; {MACROS}")
        yield database


def to_duckdb_sql(query: str) -> str:
    """Translate a Spark query to DuckDB's dialect. The result needs MACROS."""
    import sqlglot
    from sqlglot import ErrorLevel, exp

    def translate(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "xxhash64":
            return exp.Anonymous(this="hash", expressions=node.expressions)
        if isinstance(node, exp.AtTimeZone):  # from_utc_timestamp, which converts in the other direction
            return exp.Anonymous(this="from_utc", expressions=[node.this, node.args["zone"]])
        return node

    return sqlglot.parse_one(query, read="spark").transform(translate).sql("duckdb", unsupported_level=ErrorLevel.RAISE)
