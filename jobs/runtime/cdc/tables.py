"""The tables of a lake that follow a source, including those that no schema file declares."""

from jobs.runtime.iceberg.ddl import TOLD
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.job import Job
from schemas.changing import CdcSource
from schemas.declared import declared_tables
from schemas.table import Table
from transforms.changes.typed import typed_changes

DOMAIN = "cdc"


def follows(changing: CdcSource) -> Job:
    """The job that applies changes to the table."""
    return Job([changing.raw], typed_changes, changing.current, changing.rejected, changing)


def followed(lake: Lake, name: str) -> CdcSource | None:
    """The table of that name with the columns that it has; None where the lake has none that follows a source."""
    table = Table(name, "", ())
    told = lake.told(table, TOLD)
    return CdcSource.retold(name, told, lake.types(table)) if told else None


def tables_of(job: Job, lake: Lake) -> list[Table]:
    """The tables that a job makes, with the columns that they have by now."""
    there = followed(lake, job.name) if job.changing else None
    return there.tables if there else job.tables


def all_followed(lake: Lake) -> list[CdcSource]:
    if not lake.spark.catalog.databaseExists(f"lake.{DOMAIN}"):
        return []
    names = sorted(row.tableName for row in lake.spark.sql(f"SHOW TABLES IN lake.{DOMAIN}").collect())
    found = [followed(lake, f"{DOMAIN}.{name}") for name in names]
    return [one for one in found if one]


def known_tables(lake: Lake) -> list[Table]:
    """Every table that Weir knows, but for those that follow a source and are not there."""
    declared = [table for table in declared_tables() if not table.follows]
    return [*declared, *(table for changing in all_followed(lake) for table in changing.tables)]
