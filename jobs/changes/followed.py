"""The tables that follow a source and that no file declares: the lake itself says how their rows change."""

from jobs.runtime.job import Job
from jobs.runtime.lake import Lake
from schemas.changing import Changing
from schemas.declared import declared_tables
from schemas.table import Table
from transforms.changes.typed import typed_changes

DOMAIN = "cdc"


def follows(changing: Changing) -> Job:
    """The job that applies changes to the table."""
    return Job([changing.raw], typed_changes, changing.current, changing.rejected, changing)


def followed(lake: Lake, name: str) -> Changing | None:
    """The table of that name as the lake keeps it; None where it keeps none."""
    table = Table(name, "", ())
    told = lake.told(table)
    return Changing.retold(name, told, lake.types(table)) if told else None


def undeclared(lake: Lake) -> list[Changing]:
    """All of them."""
    if not lake.spark.catalog.databaseExists(f"lake.{DOMAIN}"):
        return []
    declared = {table.name for table in declared_tables()}
    names = [f"{DOMAIN}.{row.tableName}" for row in lake.spark.sql(f"SHOW TABLES IN lake.{DOMAIN}").collect()]
    found = [followed(lake, name) for name in sorted(names) if name not in declared]
    return [one for one in found if one]


def known_tables(lake: Lake) -> list[Table]:
    """Every table that Weir knows, declared or followed."""
    return [*declared_tables(), *(table for changing in undeclared(lake) for table in changing.tables)]
