"""Whether two contestants of a benchmark have the same answers."""

from pathlib import Path

import duckdb
from pyiceberg.catalog.sql import SqlCatalog

from schemas.table import Table

# One total of each table that the coarse filters of an afternoon hardly move.
TOTALS = {
    "clean_events": "count(*)",
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
OF_RUNS = ("source_file", "run_id", "received_on", "raw_line")
NEAR = 1e-6


def differing(lake: Path, output: Path, tables: list[Table]) -> dict[str, int]:
    """By table, how many rows the lake and the files of DuckDB do not have in common; doubles may differ by a millionth."""
    database, found = duckdb.connect(), {}
    database.execute("SET TimeZone = 'UTC'")
    for table in tables:
        path = output / table.stem / "*" / "*.parquet" if table.time else output / f"{table.stem}.parquet"
        database.execute(f"CREATE OR REPLACE TEMP VIEW ours AS SELECT * FROM read_parquet({_files(lake, table)})")
        database.execute(
            f"CREATE OR REPLACE TEMP VIEW theirs AS SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
        )
        [(count,)] = database.execute(_by_key(table) if _has_doubles(table) else _as_a_whole(table)).fetchall()
        found[table.stem] = count
    return found


def _files(lake: Path, table: Table) -> list[str]:
    """The files that readers of the table read."""
    catalog = SqlCatalog("lake", uri=f"sqlite:///{lake}/catalog.db", init_catalog_tables="false")
    try:
        return [
            task.file.file_path.removeprefix("file:") for task in catalog.load_table(table.name).scan().plan_files()
        ]
    finally:
        catalog.engine.dispose()


def furthest(lake: Path, output: Path, tables: list[Table]) -> float:
    """By which share the total of a table in the Parquet folders of `output` differs most from that of the lake."""
    database, shares = duckdb.connect(), []
    for table in (one for one in tables if one.stem in TOTALS):
        ours, theirs = (
            f"(SELECT {TOTALS[table.stem]} FROM read_parquet({files}))"
            for files in (_files(lake, table), f"'{output}/{table.stem}/**/*.parquet'")
        )
        shares += database.execute(f"SELECT abs({theirs} / {ours} - 1)").fetchall()
    return float(max(shares)[0])


def _has_doubles(table: Table) -> bool:
    return any(column.type == "double" for column in table.columns)


def _as_a_whole(table: Table) -> str:
    cells = ", ".join(_plain(column.name, column.type) for column in table.columns if column.name not in OF_RUNS)
    ours, theirs = (f"SELECT {cells} FROM {name}" for name in ("ours", "theirs"))
    return f"SELECT count(*) FROM (({ours} EXCEPT ALL {theirs}) UNION ALL ({theirs} EXCEPT ALL {ours}))"


def _by_key(table: Table) -> str:
    differs = " OR ".join(
        _differs(column.name, column.type) for column in table.columns if column.name not in table.key
    )
    same = " AND ".join(
        f"{_plain(f'ours.{name}', kind)} = {_plain(f'theirs.{name}', kind)}"
        for name, kind in _types(table).items()
        if name in table.key
    )
    return f"SELECT count(*) FROM ours FULL JOIN theirs ON {same} WHERE ours.{table.key[0]} IS NULL OR theirs.{table.key[0]} IS NULL OR {differs}"


def _types(table: Table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


def _differs(name: str, kind: str) -> str:
    if kind == "double":
        near = f"abs(ours.{name} - theirs.{name}) <= {NEAR} * greatest(abs(ours.{name}), 1e-9)"
        return f"CASE WHEN ours.{name} IS NULL OR theirs.{name} IS NULL THEN (ours.{name} IS NULL) <> (theirs.{name} IS NULL) ELSE NOT {near} END"
    return f"{_plain(f'ours.{name}', kind)} IS DISTINCT FROM {_plain(f'theirs.{name}', kind)}"


def _plain(name: str, kind: str) -> str:
    return (
        f"CAST({name} AS TIMESTAMP)"
        if kind == "timestamp"
        else f"list_sort({name})"
        if kind.startswith("array")
        else name
    )
