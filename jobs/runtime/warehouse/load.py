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
    exported = [table for table in tables if object_store.exists(_state_path(table, export))]
    if not exported:
        raise BadInput(f"{export} has no exported table, such as {tables[0].name}: name the --export of the other run")
    return "\n".join(
        f"{table.name}: {_load(table, export, schema, role, warehouse) if table in exported else 'not exported'}"
        for table in tables
    )


def _state_path(table: Table, export: str) -> str:
    return f"{export}/{table.name}/{STATE_FILE}"


def _load(table: Table, export: str, schema: str, role: str, warehouse: RedshiftData) -> str:
    folder, state = f"{export}/{table.name}", json.loads(object_store.read_text(_state_path(table, export)))
    if state["kind"] != "parquet" or list(state["columns"]) != table.names:
        raise BadInput(f"{folder} is not an export of all columns as Parquet: use --export_format parquet")
    load, paths = Load(table, schema, str(state["snapshot"])), sorted(state["files"])
    warehouse.run(load.preparation())
    if additions := load.additions(warehouse.values(load.present_columns)):
        warehouse.run(additions)
    if warehouse.values(load.loaded) == [load.snapshot]:
        return f"snapshot {load.snapshot} is loaded"
    expected = sum(_rows(f"{folder}/{path}") for path in paths)
    copies = [load.copy(f"{folder}/", role)] if paths else []
    try:
        warehouse.run(load.replacement(copies, expected))
    except BadInput as error:
        if "row_count" not in str(error):
            raise
        raise BadInput(
            f"{folder} has {count(expected, 'row')}, but another number arrived; {table.name} was not replaced"
        ) from error
    return f"{count(expected, 'row')} of snapshot {load.snapshot}"


def _rows(path: str) -> int:
    """The number of rows of a Parquet file."""
    with open_file(path) as file:
        rows: int = parquet.read_metadata(file).num_rows
    return rows
