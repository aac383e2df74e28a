"""Print every table of a lake as JSON, read by PyIceberg without Spark: python without_spark.py <lake>."""

import json
import sys
from typing import Any

sys.modules["pyspark"] = None  # type: ignore[assignment]

import duckdb
import pyarrow as pa
from pyiceberg.catalog import load_catalog


def read(table: Any) -> dict[str, Any]:
    """The rows as read by PyIceberg, instants as microseconds since 1970, and their number as counted by DuckDB."""
    found = table.scan().to_arrow()
    cells = [
        (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
        for column in found.columns
    ]
    [[counted]] = duckdb.sql("SELECT count(*) FROM found").fetchall()
    return {"columns": found.column_names, "rows": sorted(map(repr, zip(*cells, strict=True))), "counted": counted}


if __name__ == "__main__":
    lake = load_catalog("lake", type="sql", uri=f"sqlite:///{sys.argv[1]}/catalog.db")
    tables = [name for namespace in lake.list_namespaces() for name in lake.list_tables(namespace)]
    json.dump({".".join(name): read(lake.load_table(name)) for name in tables}, sys.stdout)
