"""Compare the results of two contestants of a benchmark."""

from pathlib import Path

import duckdb
from pyiceberg.catalog.sql import SqlCatalog

from schemas.table import Table

# One total per table that the coarse filters of the naive baseline hardly change.
TOTALS = {
    "clean_events": "count(*)",
    "visitor_days": "sum(events)",
    "visitor_first_seen": "count(*)",
    "abandoned_carts": "sum(adds)",
    "shopping_funnel": "sum(entered)",
    "top_categories": "sum(value)",
    "brand_category_gaps": "sum(viewers)",
    "unique_visitors": "sum(visitors)",
    "visitor_lifecycle": "sum(visitors)",
    "cart_abandonment": "sum(carts)",
    "brand_gaps": "sum(buyers)",
}
RUN_COLUMNS = ("source_file", "run_id", "received_on", "raw_line")
TOLERANCE = 1e-6


def count_differences(lake: Path, output: Path, tables: list[Table]) -> dict[str, int]:
    """Count differing rows per table between the lake and the files of DuckDB. Doubles may differ by TOLERANCE."""
    database, counts = duckdb.connect(), {}
    database.execute("SET TimeZone = 'UTC'")
    for table in tables:
        files = [*output.glob(f"{table.stem}.parquet"), *output.glob(f"{table.stem}/*/*.parquet")]
        database.execute(f"CREATE OR REPLACE TEMP VIEW ours AS SELECT * FROM read_parquet({_data_files(lake, table)})")
        database.execute(
            "CREATE OR REPLACE TEMP VIEW theirs AS "
            f"SELECT * FROM read_parquet({list(map(str, files))}, hive_partitioning = false)"
        )
        [(count,)] = database.execute(
            _compare_by_key(table) if _has_doubles(table) else _compare_rows(table)
        ).fetchall()
        counts[table.stem] = count
    return counts


def _data_files(lake: Path, table: Table) -> list[str]:
    """The data files of the current snapshot."""
    catalog = SqlCatalog("lake", uri=f"sqlite:///{lake}/catalog.db", init_catalog_tables="false")
    try:
        return [
            task.file.file_path.removeprefix("file:") for task in catalog.load_table(table.name).scan().plan_files()
        ]
    finally:
        catalog.engine.dispose()


def max_total_difference(lake: Path, output: Path, tables: list[Table]) -> float:
    """The largest relative difference of a table's total between the Parquet folders in `output` and the lake."""
    database, shares = duckdb.connect(), []
    for table in (table for table in tables if table.stem in TOTALS):
        ours, theirs = (
            f"(SELECT {TOTALS[table.stem]} FROM read_parquet({files}))"
            for files in (_data_files(lake, table), f"'{output}/{table.stem}/**/*.parquet'")
        )
        shares += database.execute(f"SELECT abs({theirs} / {ours} - 1)").fetchall()
    return float(max(shares)[0])


def _has_doubles(table: Table) -> bool:
    return any(column.type == "double" for column in table.columns)


def _compare_rows(table: Table) -> str:
    cells = ", ".join(
        _comparable(column.name, column.type) for column in table.columns if column.name not in RUN_COLUMNS
    )
    ours, theirs = (f"SELECT {cells} FROM {name}" for name in ("ours", "theirs"))
    return f"SELECT count(*) FROM (({ours} EXCEPT ALL {theirs}) UNION ALL ({theirs} EXCEPT ALL {ours}))"


def _compare_by_key(table: Table) -> str:
    differs = " OR ".join(
        _differs(column.name, column.type) for column in table.columns if column.name not in table.key
    )
    same = " AND ".join(
        f"{_comparable(f'ours.{name}', kind)} = {_comparable(f'theirs.{name}', kind)}"
        for name, kind in _types(table).items()
        if name in table.key
    )
    is_unmatched = f"ours.{table.key[0]} IS NULL OR theirs.{table.key[0]} IS NULL"
    return f"SELECT count(*) FROM ours FULL JOIN theirs ON {same} WHERE {is_unmatched} OR {differs}"


def _types(table: Table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


def _differs(name: str, kind: str) -> str:
    if kind == "double":
        is_near = f"abs(ours.{name} - theirs.{name}) <= {TOLERANCE} * greatest(abs(ours.{name}), 1e-9)"
        is_null, is_null_there = f"ours.{name} IS NULL", f"theirs.{name} IS NULL"
        return f"CASE WHEN {is_null} OR {is_null_there} THEN ({is_null}) <> ({is_null_there}) ELSE NOT {is_near} END"
    return f"{_comparable(f'ours.{name}', kind)} IS DISTINCT FROM {_comparable(f'theirs.{name}', kind)}"


def _comparable(name: str, kind: str) -> str:
    return (
        f"CAST({name} AS TIMESTAMP)"
        if kind == "timestamp"
        else f"list_sort({name})"
        if kind.startswith("array")
        else name
    )
