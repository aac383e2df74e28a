"""Translate expectations into Spark SQL queries that return the violating rows."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# An expectation of this type may query other tables.
QUERY = "unexpected_rows_expectation"
_ROW_CONDITION = re.compile(
    r"SELECT [\w, .]+ FROM \{batch\}(?: AS batch)? WHERE ((?:(?!GROUP BY|HAVING|UNION|ORDER BY|LIMIT|JOIN).)+)"
)


def violation_query(expectation: Mapping[str, Any]) -> str | None:
    """A query that returns a row if the expectation fails; None if only Great Expectations can evaluate it.

    The query may also return a row if the expectation holds, such as for a hash collision.
    """
    match expectation["type"], expectation["kwargs"]:
        case kind, {"unexpected_rows_query": str(query)} if kind == QUERY:
            return query
        case "expect_column_values_to_be_unique", {"column": column, **others} if not others:
            return _duplicates([column])
        case "expect_compound_columns_to_be_unique", {"column_list": columns, **others} if not others:
            return _duplicates(columns)
        case kind, kwargs if condition := _unexpected(kind, kwargs):
            return f"SELECT 1 FROM {{batch}} WHERE {condition}"  # noqa: S608  (from our own files)
    return None


def combine_queries(queries: Mapping[int, str]) -> str:
    """One query for all: it returns the position of each query that finds a row, and NULLs.

    Conditions on single rows are evaluated in one pass.
    """
    conditions = {
        position: match[1] for position, query in queries.items() if (match := _ROW_CONDITION.fullmatch(query))
    }
    selects = [
        f"(SELECT {position} AS found FROM ({query}) LIMIT 1)"  # noqa: S608
        for position, query in queries.items()
        if position not in conditions
    ]
    if conditions:
        positions = ", ".join(
            f"max(CASE WHEN {condition} THEN {position} END)" for position, condition in conditions.items()
        )
        selects.append(f"(SELECT explode(array({positions})) AS found FROM {{batch}} AS batch)")  # noqa: S608
    return " UNION ALL ".join(selects)


def _unexpected(kind: str, kwargs: Mapping[str, Any]) -> str | None:
    """The condition of the rows that violate an expectation; NULL values violate only a not-null expectation."""
    match kind, kwargs:
        case "expect_column_values_to_not_be_null", {"column": column, **others} if not others:
            return f"{column} IS NULL"
        case "expect_column_values_to_be_in_set", {"column": column, "value_set": [_, *_] as values, **others} if (
            not others
        ):
            return f"{column} NOT IN ({', '.join(map(_literal, values))})"
        case "expect_column_values_to_be_between", {"column": column, **bounds}:
            return _outside(column, bounds)
        case "expect_column_value_lengths_to_be_between", {"column": column, **bounds}:
            return _outside(f"length({column})", bounds)
        case "expect_column_values_to_not_match_regex", {"column": column, "regex": regex, **others} if not others:
            return f"{column} RLIKE {_literal(regex)}"
        case "expect_column_pair_values_a_to_be_greater_than_b", {
            "column_A": left,
            "column_B": right,
            "or_equal": True,
            **more,
        }:
            return f"{left} < {right}" if more == {"ignore_row_if": "either_value_is_missing"} else None
    return None


def _outside(value: str, bounds: Mapping[str, Any]) -> str | None:
    operators = {"min_value": "<", "max_value": ">"}
    if not bounds.keys() <= operators.keys() or not all(isinstance(bound, int | float) for bound in bounds.values()):
        return None
    return " OR ".join(f"{value} {operators[name]} {bound}" for name, bound in bounds.items())


def _duplicates(columns: Sequence[str]) -> str:
    """Keys are compared by hash: without duplicate hashes there are no duplicate keys."""
    return f"SELECT 1 FROM {{batch}} GROUP BY xxhash64({', '.join(columns)}) HAVING count(*) > 1"  # noqa: S608


def _literal(value: Any) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else str(value)
