"""Load the exported files of a table into the warehouse, once per snapshot."""

import json
from collections.abc import Sequence

from pyarrow import parquet

from jobs.runtime.errors import BadInput
from jobs.runtime.reporting.table_exports import STATE_FILE
from jobs.runtime.storage import object_store
from jobs.runtime.storage.listing import open_file
from jobs.runtime.warehouse.redshift_data import RedshiftData
from jobs.runtime.warehouse.statements import Load
from jobs.runtime.wording import count
from schemas.table import Table


def load_tables(tables: Sequence[Table], export: str, schema: str, role: str, warehouse: RedshiftData) -> str:
    """Load the exported tables and return a line for each. Raises BadInput if rows were lost on the way."""
    return "\n".join(f"{table.name}: {_load(table, export, schema, role, warehouse)}" for table in tables)


def _load(table: Table, export: str, schema: str, role: str, warehouse: RedshiftData) -> str:
    folder = f"{export}/{table.name}"
    if not object_store.exists(f"{folder}/{STATE_FILE}"):
        return "not exported"
    state = json.loads(object_store.read_text(f"{folder}/{STATE_FILE}"))
    if state["kind"] != "parquet" or list(state["columns"]) != table.names:
        raise BadInput(f"{folder} is not an export of all columns as Parquet: use --export_format parquet")
    load, paths = Load(table, schema, str(state["snapshot"])), sorted(state["files"])
    warehouse.run(load.preparation())
    if warehouse.value(load.loaded) == load.snapshot:
        return f"snapshot {load.snapshot} is loaded"
    if paths:
        warehouse.run([load.copy(f"{folder}/", role)])
    expected, staged = sum(_rows(f"{folder}/{path}") for path in paths), warehouse.value(load.count)
    if staged != expected:
        raise BadInput(
            f"{folder} has {count(expected, 'row')}, but {staged} were staged; {table.name} was not replaced"
        )
    warehouse.run(load.swap(expected))
    return f"{count(expected, 'row')} of snapshot {load.snapshot}"


def _rows(path: str) -> int:
    """The number of rows of a Parquet file."""
    with open_file(path) as file:
        rows: int = parquet.read_metadata(file).num_rows
    return rows
