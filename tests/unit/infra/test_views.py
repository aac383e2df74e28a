"""Views for other tools: they return the same results as the tiles, and their requests have the right shape."""

import json
import re
from typing import Any

import sqlglot
from botocore.session import get_session
from botocore.validate import ParamValidator
from sqlglot import exp

from infra import athena, quicksight
from jobs.runtime.reporting import report
from jobs.runtime.reporting.tile_definitions import tiles
from tests import ROOT

POWERBI = ROOT / "infra" / "powerbi" / "weir.pbids"
VIEWS = {name: text for board in report.BOARDS for name, text in athena.pages(board).items()}
DATA_SETS = {name: text for board in report.BOARDS for name, text in quicksight.pages(board).items()}


def select(statement: str) -> exp.Expression:
    """The query of a CREATE VIEW statement, as parsed for Athena."""
    parsed = sqlglot.parse_one(statement, read="athena")
    assert isinstance(parsed, exp.Create)
    return parsed.expression


def in_duckdb(statement: str) -> str:
    """Translate the query of a view to DuckDB, which unnests structs only on request and counts started seconds."""
    opened = r"CROSS JOIN LATERAL (SELECT UNNEST(\1, max_depth := 2)) AS"
    translated = select(statement).sql("duckdb").replace("DATE_DIFF('SECOND',", "DATE_SUB('SECOND',")
    return re.sub(r"CROSS JOIN UNNEST\((CAST\(JSON\(.*?\[\]\))\) AS", opened, translated)


def plain(value: Any) -> Any:
    """Make values of two engines comparable: as text, with doubles rounded."""
    if value is None or isinstance(value, bool):
        return value
    try:
        return round(float(value), 9)
    except (TypeError, ValueError):
        return str(value)[:19]


def test_no_view_has_an_instant_with_a_zone() -> None:
    """The catalog has no type for it, and Athena does not create such a view."""
    for board, tile in ((one, tile) for one in report.BOARDS for tile in tiles(one)):
        statement = VIEWS[f"{athena.view_name(tile, board)}.sql"]
        instants = [name for name, kind in athena.columns(board)[tile.stem].items() if kind.startswith("TIMESTAMP")]
        assert all(f"CAST(\"{name}\" AT TIME ZONE 'UTC' AS TIMESTAMP)" in statement for name in instants)


def test_views_name_whole_tables_and_hide_none() -> None:
    tables = {table.name for board in report.BOARDS for table in report.board_tables(board)}
    for name, statement in VIEWS.items():
        made = {common.alias for common in select(statement).find_all(exp.CTE)}
        read = {
            ".".join(filter(None, (table.db, table.name))) for table in select(statement).find_all(exp.Table)
        } - made
        assert read <= tables, name
        assert name.removesuffix(".sql") not in tables
        assert f"VIEW {name.removesuffix('.sql')} AS" in statement


def test_each_request_has_the_shape_that_quicksight_asks_for() -> None:
    model = get_session().get_service_model("quicksight")
    for name, text in DATA_SETS.items():
        asked = json.loads(text.replace("ACCOUNT", "123456789012"))
        shape = model.operation_model("CreateDataSource" if name == "data_source.json" else "CreateDataSet").input_shape
        assert ParamValidator().validate(asked, shape).generate_report() == "", name
        for table in asked.get("PhysicalTableMap", {}).values():
            of_view = table["RelationalTable"]
            assert f"{of_view['Schema']}.{of_view['Name']}.sql" in VIEWS
            known = (
                shape.members["PhysicalTableMap"]
                .value.members["RelationalTable"]
                .members["InputColumns"]
                .member.members["Type"]
                .enum
            )
            assert {column["Type"] for column in of_view["InputColumns"]} <= set(known)


def test_the_file_for_power_bi_is_what_it_reads() -> None:
    asked = json.loads(POWERBI.read_text())
    assert asked["version"] == "0.1"
    assert [one["details"]["protocol"] for one in asked["connections"]] == ["odbc"]
