"""The SQL of a load: all of it but COPY also runs on PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.runtime.errors import BadArgument
from schemas.table import Table

_TYPES = {
    "string": "VARCHAR(65535)",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE PRECISION",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True)
class Load:
    """Replaces a table of a warehouse by the rows of an exported snapshot of the lake, once.

    The rows go to a staging table first. What was loaded stands in <schema>.loads, one row per table.
    """

    table: Table
    schema: str
    snapshot: str

    def preparation(self) -> list[str]:
        """Create the schema, the target and the list of loads where they are missing, and an empty staging table."""
        columns = ", ".join(f"{name} {_type(self.table, name)}" for name in self.table.names)
        return [
            f"CREATE SCHEMA IF NOT EXISTS {self.schema}",
            f"CREATE TABLE IF NOT EXISTS {self.schema}.loads"
            " (table_name VARCHAR(200) NOT NULL, snapshot VARCHAR(40) NOT NULL, row_count BIGINT NOT NULL)",
            f"CREATE TABLE IF NOT EXISTS {self._target} ({columns})",
            f"DROP TABLE IF EXISTS {self._staged}",
            f"CREATE TABLE {self._staged} ({columns})",
        ]

    def copy(self, files: str, role: str) -> str:
        """Fill the staging table from Parquet files. Only Redshift has this statement."""
        return f"COPY {self._staged} FROM '{files}' IAM_ROLE '{role}' FORMAT AS PARQUET"

    @property
    def count(self) -> str:
        """The rows of the staging table."""
        return f"SELECT count(*) AS row_count FROM {self._staged}"

    @property
    def loaded(self) -> str:
        """The snapshot in the target. No row if there is none."""
        return f"SELECT snapshot FROM {self.schema}.loads WHERE table_name = '{self.table.name}'"

    def swap(self, rows: int) -> list[str]:
        """Replace the target by the staged rows: one transaction."""
        columns = ", ".join(self.table.names)
        return [
            f"DELETE FROM {self._target}",
            f"INSERT INTO {self._target} ({columns}) SELECT {columns} FROM {self._staged}",
            f"DELETE FROM {self.schema}.loads WHERE table_name = '{self.table.name}'",
            f"INSERT INTO {self.schema}.loads VALUES ('{self.table.name}', '{self.snapshot}', {rows})",
            f"DROP TABLE {self._staged}",
        ]

    @property
    def _target(self) -> str:
        return f"{self.schema}.{self.table.stem}"

    @property
    def _staged(self) -> str:
        return f"{self.schema}.{self.table.stem}_staged"


def loadable(tables: Sequence[Table]) -> list[Table]:
    """The tables whose columns all have a type in the warehouse: those without lists."""
    return [table for table in tables if all(kind in _TYPES or _is_decimal(kind) for kind in table.types.values())]


def _type(table: Table, name: str) -> str:
    kind = table.types[name]
    if not (kind in _TYPES or _is_decimal(kind)):
        raise BadArgument(f"{table.name} has column {name} of type {kind}, which the warehouse does not have")
    required = " NOT NULL" if name in table.required else ""
    return f"{_TYPES.get(kind, kind.upper())}{required}"


def _is_decimal(kind: str) -> bool:
    return kind.startswith("decimal(")
