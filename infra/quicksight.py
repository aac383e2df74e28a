"""Generate QuickSight data sets from the views: infra/quicksight/<view>.json, for `aws quicksight create-data-set`."""

import json
from typing import Any

from infra import athena
from jobs.runtime.reporting import report
from jobs.runtime.reporting.tile_definitions import Tile, tiles

SOURCE = "arn:aws:quicksight:REGION:ACCOUNT:datasource/weir"
# Maximum length of a column description in QuickSight.
MAX_DESCRIPTION = 500
DATA_SOURCE = {
    "AwsAccountId": "ACCOUNT",
    "DataSourceId": "weir",
    "Name": "Weir",
    "Type": "ATHENA",
    "DataSourceParameters": {"AthenaParameters": {"WorkGroup": "primary"}},
}


def kind(duckdb_type: str) -> str:
    types = {
        "VARCHAR": "STRING",
        "BOOLEAN": "BOOLEAN",
        "DATE": "DATETIME",
        "DOUBLE": "DECIMAL",
        "BIGINT": "INTEGER",
        "HUGEINT": "INTEGER",
    }
    return types.get(duckdb_type) or ("DECIMAL" if duckdb_type.startswith("DECIMAL") else "DATETIME")


def data_set(tile: Tile, board: str, kinds: dict[str, str]) -> dict[str, Any]:
    view = athena.view_name(tile, board)
    meanings = tile.meanings(list(kinds), report.board_tables(board))
    descriptions = [
        {"TagColumnOperation": {"ColumnName": name, "Tags": [{"ColumnDescription": {"Text": text[:MAX_DESCRIPTION]}}]}}
        for name, text in meanings.items()
    ]
    table = {
        "DataSourceArn": SOURCE,
        "Catalog": "AwsDataCatalog",
        "Schema": view.partition(".")[0],
        "Name": view.partition(".")[2],
        "InputColumns": [{"Name": name, "Type": kind(duckdb_type)} for name, duckdb_type in kinds.items()],
    }
    return {
        "AwsAccountId": "ACCOUNT",
        "DataSetId": f"weir-{view.replace('.', '-').replace('_', '-')}",
        "Name": tile.title,
        "PhysicalTableMap": {"view": {"RelationalTable": table}},
        "LogicalTableMap": {
            "view": {"Alias": tile.title, "Source": {"PhysicalTableId": "view"}, "DataTransforms": descriptions}
        },
        "ImportMode": "DIRECT_QUERY",
    }


def pages(board: str) -> dict[str, str]:
    """File name -> text: the data source, and a data set for each tile."""
    kinds = athena.columns(board)
    data_sets = {
        f"{athena.view_name(tile, board)}.json": data_set(tile, board, kinds[tile.stem]) for tile in tiles(board)
    }
    return {
        name: json.dumps(request, indent=2) + "\n"
        for name, request in {"data_source.json": DATA_SOURCE, **data_sets}.items()
    }
