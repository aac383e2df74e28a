"""The views of each board as data sets of QuickSight: infra/quicksight/<view>.json, for `aws quicksight create-data-set`."""

import json
from typing import Any

from infra import athena
from jobs.runtime.reporting import report
from jobs.runtime.reporting.tiles import Tile, tiles

SOURCE = "arn:aws:quicksight:REGION:ACCOUNT:datasource/weir"
# The longest text that the service takes for a column.
LONGEST = 500
DATA_SOURCE = {
    "AwsAccountId": "ACCOUNT",
    "DataSourceId": "weir",
    "Name": "Weir",
    "Type": "ATHENA",
    "DataSourceParameters": {"AthenaParameters": {"WorkGroup": "primary"}},
}


def kind(of_duckdb: str) -> str:
    known = {
        "VARCHAR": "STRING",
        "BOOLEAN": "BOOLEAN",
        "DATE": "DATETIME",
        "DOUBLE": "DECIMAL",
        "BIGINT": "INTEGER",
        "HUGEINT": "INTEGER",
    }
    return known.get(of_duckdb) or ("DECIMAL" if of_duckdb.startswith("DECIMAL") else "DATETIME")


def data_set(tile: Tile, board: str, kinds: dict[str, str]) -> dict[str, Any]:
    view = athena.view_name(tile, board)
    meanings = tile.meanings(list(kinds), report.tables_of(board))
    told = [
        {"TagColumnOperation": {"ColumnName": name, "Tags": [{"ColumnDescription": {"Text": text[:LONGEST]}}]}}
        for name, text in meanings.items()
    ]
    table = {
        "DataSourceArn": SOURCE,
        "Catalog": "AwsDataCatalog",
        "Schema": board,
        "Name": view.partition(".")[2],
        "InputColumns": [{"Name": name, "Type": kind(of_duckdb)} for name, of_duckdb in kinds.items()],
    }
    return {
        "AwsAccountId": "ACCOUNT",
        "DataSetId": f"weir-{view.replace('.', '-').replace('_', '-')}",
        "Name": tile.title,
        "PhysicalTableMap": {"view": {"RelationalTable": table}},
        "LogicalTableMap": {
            "view": {"Alias": tile.title, "Source": {"PhysicalTableId": "view"}, "DataTransforms": told}
        },
        "ImportMode": "DIRECT_QUERY",
    }


def pages(board: str) -> dict[str, str]:
    """File -> text: the data source, and a data set for each tile."""
    kinds = athena.columns(board)
    found = {f"{athena.view_name(tile, board)}.json": data_set(tile, board, kinds[tile.stem]) for tile in tiles(board)}
    return {
        name: json.dumps(asked, indent=2) + "\n" for name, asked in {"data_source.json": DATA_SOURCE, **found}.items()
    }
