"""Expectations derived from a schema: required columns and the key."""

from typing import Any

from schemas.table import Table


def schema_expectations(table: Table) -> list[dict[str, Any]]:
    not_null = [
        expectation("expect_column_values_to_not_be_null", f"{name} is not null", column=name)
        for name in table.required
    ]
    return [*not_null, *_unique(table)]


def expect_no_rows(name: str, query: str, severity: str = "critical", **meta: Any) -> dict[str, Any]:
    """Expect a query to return no rows."""
    base = expectation("unexpected_rows_expectation", name, unexpected_rows_query=query)
    return {**base, "severity": severity, "meta": {**base["meta"], **meta}}


def expectation(kind: str, name: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": "critical", "meta": {"name": name}}


def _unique(table: Table) -> list[dict[str, Any]]:
    name = "the key is unique"
    match table.key:
        case []:
            return []
        case [column]:
            return [expectation("expect_column_values_to_be_unique", name, column=column)]
        case columns:
            return [expectation("expect_compound_columns_to_be_unique", name, column_list=list(columns))]
