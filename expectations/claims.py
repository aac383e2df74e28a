"""What a table claims of itself, as expectations: which columns are given, and what tells its rows apart."""

from typing import Any

from schemas.table import Table


def claims(table: Table) -> list[dict[str, Any]]:
    given = [holds("expect_column_values_to_not_be_null", f"{name} is given", column=name) for name in table.required]
    return [*given, *_unique(table)]


def finds_nothing(name: str, query: str, severity: str = "critical", **meta: Any) -> dict[str, Any]:
    """A query that finds a row where it does not hold."""
    one = holds("unexpected_rows_expectation", name, unexpected_rows_query=query)
    return {**one, "severity": severity, "meta": {**one["meta"], **meta}}


def holds(kind: str, name: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": "critical", "meta": {"name": name}}


def _unique(table: Table) -> list[dict[str, Any]]:
    once = "each row is there once"
    match table.key:
        case []:
            return []
        case [column]:
            return [holds("expect_column_values_to_be_unique", once, column=column)]
        case columns:
            return [holds("expect_compound_columns_to_be_unique", once, column_list=list(columns))]
