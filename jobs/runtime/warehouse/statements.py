"""The SQL of a load: all of it but COPY also runs on PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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

    The rows go to a temporary staging table first, so that loads at once do not share it. What was loaded stands in
    <schema>.loads, one row per table.
    """

    table: Table
    schema: str
    snapshot: str

    def preparation(self) -> list[str]:
        """Create the schema, the target and the list of loads where they are missing."""
        return [
            f"CREATE SCHEMA IF NOT EXISTS {self.schema}",
            f"CREATE TABLE IF NOT EXISTS {self.schema}.loads"
            " (table_name VARCHAR(200) NOT NULL, snapshot VARCHAR(40) NOT NULL, row_count BIGINT NOT NULL)",
            f"CREATE TABLE IF NOT EXISTS {self._target} ({self._columns})",
        ]

    @property
    def present_columns(self) -> str:
        """The names of the columns of the target."""
        return (
            "SELECT column_name FROM information_schema.columns"
            f" WHERE table_schema = '{self.schema}' AND table_name = '{self.table.stem}'"
        )

    def additions(self, present: Sequence[Any]) -> list[str]:
        """Add the columns that the target lacks. They are not NOT NULL, since its rows do not have them yet."""
        missing = (name for name in self.table.names if name not in present)
        return [f"ALTER TABLE {self._target} ADD COLUMN {name} {_type(self.table, name)}" for name in missing]

    @property
    def loaded(self) -> str:
        """The snapshot in the target. No row if there is none, or if the target has other rows."""
        return (
            f"SELECT snapshot FROM {self.schema}.loads WHERE table_name = '{self.table.name}'"
            f" AND row_count = (SELECT count(*) FROM {self._target})"
        )

    def copy(self, files: str, role: str) -> str:
        """Fill the staging table from Parquet files. Only Redshift has this statement."""
        return f"COPY {self._staged} FROM '{files}' IAM_ROLE '{role}' FORMAT AS PARQUET"

    def replacement(self, copies: Sequence[str], rows: int) -> list[str]:
        """Stage rows by `copies`, and replace the target by them: one transaction.

        It fails on the NULL in row_count unless the target then has so many rows. Another load waits for the lock.
        """
        names = ", ".join(self.table.names)
        return [
            f"CREATE TEMPORARY TABLE {self._staged} ({self._columns})",
            *copies,
            f"LOCK TABLE {self._target}",
            f"DELETE FROM {self._target}",
            f"INSERT INTO {self._target} ({names}) SELECT {names} FROM {self._staged}",
            f"DELETE FROM {self.schema}.loads WHERE table_name = '{self.table.name}'",
            f"INSERT INTO {self.schema}.loads SELECT '{self.table.name}', '{self.snapshot}',"
            f" CASE WHEN count(*) = {rows} THEN count(*) END FROM {self._target}",
            f"DROP TABLE {self._staged}",
        ]

    @property
    def _target(self) -> str:
        return f"{self.schema}.{self.table.stem}"

    @property
    def _staged(self) -> str:
        return f"{self.table.stem}_staged"

    @property
    def _columns(self) -> str:
        required = dict.fromkeys(self.table.required, " NOT NULL")
        return ", ".join(f"{name} {_type(self.table, name)}{required.get(name, '')}" for name in self.table.names)


def loadable(tables: Sequence[Table]) -> list[Table]:
    """The tables whose columns all have a type in the warehouse: those without lists."""
    return [table for table in tables if all(kind in _TYPES or _is_decimal(kind) for kind in table.types.values())]


def _type(table: Table, name: str) -> str:
    kind = table.types[name]
    if not (kind in _TYPES or _is_decimal(kind)):
        raise BadArgument(f"{table.name} has column {name} of type {kind}, which the warehouse does not have")
    return _TYPES.get(kind, kind.upper())


def _is_decimal(kind: str) -> bool:
    return kind.startswith("decimal(")
