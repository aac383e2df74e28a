"""Expectations derived from a schema: required columns and the key."""

from typing import Any

from schemas.table import RUN_COLUMNS, Table

# NUL, and the replacement of invalid UTF-8: Spark's RLIKE also sees invalid bytes as U+FFFD.
_UNREADABLE = "[\\\\x00\ufffd]"
_READABLE_TEXT = "all text can be read: it has no NUL and no invalid UTF-8"


def schema_expectations(table: Table) -> list[dict[str, Any]]:
    not_null = [
        expectation("expect_column_values_to_not_be_null", f"{name} is not null", column=name)
        for name in table.required
    ]
    return [*not_null, *_unique(table), *readable_text(table)]


def readable_text(table: Table) -> list[dict[str, Any]]:
    """The expectation for tables of validated rows: all text that was delivered can be read."""
    texts = ", ".join(f"`{name.replace('`', '``')}`" for name in text_columns(table))
    query = f"SELECT 1 FROM {{batch}} WHERE concat_ws('', {texts}) RLIKE '{_UNREADABLE}'"  # noqa: S608
    is_validated = table.is_clean or table.cdc_role in ("current", "history", "aux")
    return [expect_no_rows(_READABLE_TEXT, query)] if is_validated and texts else []


def text_columns(table: Table) -> list[str]:
    """The columns of text, or of lists of text, that a delivered row fills."""
    return [
        name for name, kind in table.types.items() if kind in ("string", "array<string>") and name not in RUN_COLUMNS
    ]


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
