"""Iceberg catalog properties on a local machine: a SQLite catalog in the lake's folder, or a properties file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from jobs.runtime.errors import BadArgument, BadLake

_CATALOG_TABLES = """
CREATE TABLE IF NOT EXISTS iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000),
    iceberg_type VARCHAR(5), PRIMARY KEY (catalog_name, table_namespace, table_name));
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
    catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL,
    property_key VARCHAR(255), property_value VARCHAR(1000), PRIMARY KEY (catalog_name, namespace, property_key));
"""


def sqlite_catalog(lake: Path) -> dict[str, str]:
    """The properties of the lake's JDBC catalog, `catalog.db`. Creates it where it does not exist.

    Raises BadLake where the lake cannot be written or was moved.
    """
    try:
        lake.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(lake / "catalog.db", timeout=60)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.executescript(_CATALOG_TABLES)
            row = database.execute("SELECT metadata_location FROM iceberg_tables LIMIT 1").fetchone()
    except (OSError, sqlite3.Error) as error:
        raise BadLake(f"the lake {lake} cannot be opened: {error}; repair it, or choose another --lake") from error
    if row and not row[0].startswith(f"{lake}/"):
        original = row[0].partition("/warehouse/")[0]
        raise BadLake(
            f"the lake at {lake} was created at {original} and contains absolute paths; move it back, "
            f"or create a symbolic link to it at {original} and use --lake {original}"
        )
    uri = f"jdbc:sqlite:{lake}/catalog.db?journal_mode=WAL&busy_timeout=60000"
    # With init-catalog-tables on, Iceberg 1.10 leaves a read lock that makes every later writer fail.
    return {"type": "jdbc", "uri": uri, "jdbc.schema-version": "V1", "jdbc.init-catalog-tables": "false"}


def catalog_properties(path: Path) -> dict[str, str]:
    """The catalog properties in a file of `name=value` lines; lines that start with `#` are comments."""
    if not path.is_file():
        raise BadArgument(f"--catalog {path} is neither 'glue' nor a file")
    pairs = (line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs if key.strip()}
