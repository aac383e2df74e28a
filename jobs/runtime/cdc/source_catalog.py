"""The sources of a lake and their tables, including those that were declared on the command line."""

from collections.abc import Sequence

from jobs.runtime.iceberg.ddl import CDC_SOURCE_PROPERTY
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Job
from jobs.runtime.ledger.run_entry import Entry
from schemas.cdc_source import CdcSource
from schemas.declared import declared_tables
from schemas.table import Table
from transforms.change_data.parse_changes import typed_changes

DOMAIN = "cdc"


def cdc_job(source: CdcSource) -> Job:
    """The job that applies the changes of a source."""
    return Job([source.raw], typed_changes, source.current, source.rejected, source)


def lake_source(lake: Lake, name: str) -> CdcSource | None:
    """The source whose current table has this name, with the columns in the lake; None if there is none."""
    table = Table(name, "", ())
    declaration = lake.table_property(table, CDC_SOURCE_PROPERTY)
    return CdcSource.from_declaration(name, declaration, lake.column_types(table)) if declaration else None


def tables_of(job: Job, lake: Lake) -> list[Table]:
    """The tables that a job writes, with their present columns."""
    source = lake_source(lake, job.name) if job.cdc_source else None
    return source.tables if source else job.tables


def drop_unpublished_declarations(lake: Lake, outputs: Sequence[Entry]) -> None:
    """Drop the tables and columns that a run declared and did not publish: the next run may declare others."""
    entries = [entry for entry in outputs if entry.table.cdc_role]
    tables = [entry.table for entry in entries if entry.status != "published"]
    lake.drop_unpublished(tables, has_staged_rows=False)
    if not any(entry.status in ("published", "publishing") for entry in entries):
        for table in filter(lake.exists, tables):
            lake.restore_schema(table)


def lake_sources(lake: Lake) -> list[CdcSource]:
    """Every source that has tables in the lake."""
    if not lake.spark.catalog.databaseExists(f"lake.{DOMAIN}"):
        return []
    names = sorted(row.tableName for row in lake.spark.sql(f"SHOW TABLES IN lake.{DOMAIN}").collect())
    sources = [lake_source(lake, f"{DOMAIN}.{name}") for name in names]
    return [source for source in sources if source]


def known_tables(lake: Lake) -> list[Table]:
    """Every declared table, and the tables of the sources in the lake."""
    declared = [table for table in declared_tables() if not table.cdc_role]
    return [*declared, *(table for source in lake_sources(lake) for table in source.tables)]
