"""Expectations as queries, in Spark's words: what finds a row where one does not hold."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# May ask other tables.
QUERY = "unexpected_rows_expectation"
_OF_ROWS = re.compile(
    r"SELECT [\w, .]+ FROM \{batch\}(?: AS batch)? WHERE ((?:(?!GROUP BY|HAVING|UNION|ORDER BY|LIMIT|JOIN).)+)"
)


def finding(expectation: Mapping[str, Any]) -> str | None:
    """What finds a row if the expectation does not hold, and may if it does; None where only Great Expectations can tell."""
    match expectation["type"], expectation["kwargs"]:
        case kind, {"unexpected_rows_query": str(query)} if kind == QUERY:
            return query
        case "expect_column_values_to_be_unique", {"column": column, **others} if not others:
            return _twice([column])
        case "expect_compound_columns_to_be_unique", {"column_list": columns, **others} if not others:
            return _twice(columns)
        case kind, asked if condition := _unexpected(kind, asked):
            return f"SELECT 1 FROM {{batch}} WHERE {condition}"  # noqa: S608  (from our own files)
    return None


def all_in_one(queries: Mapping[int, str]) -> str:
    """One query for all of them: it returns the position of each that finds a row, and NULLs. What is asked of single rows is one pass."""
    of_rows = {position: found[1] for position, query in queries.items() if (found := _OF_ROWS.fullmatch(query))}
    each = [
        f"(SELECT {position} AS found FROM ({query}) LIMIT 1)"
        for position, query in queries.items()
        if position not in of_rows
    ]  # noqa: S608
    if of_rows:
        found_by = ", ".join(
            f"max(CASE WHEN {condition} THEN {position} END)" for position, condition in of_rows.items()
        )
        each.append(f"(SELECT explode(array({found_by})) AS found FROM {{batch}} AS batch)")  # noqa: S608
    return " UNION ALL ".join(each)


def _unexpected(kind: str, asked: Mapping[str, Any]) -> str | None:
    """Which rows break what is expected of each; NULLs break nothing but that there be none."""
    match kind, asked:
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
            "column_A": one,
            "column_B": other,
            "or_equal": True,
            **more,
        }:
            return f"{one} < {other}" if more == {"ignore_row_if": "either_value_is_missing"} else None
    return None


def _outside(value: str, bounds: Mapping[str, Any]) -> str | None:
    signs = {"min_value": "<", "max_value": ">"}
    if not bounds.keys() <= signs.keys() or not all(isinstance(bound, int | float) for bound in bounds.values()):
        return None
    return " OR ".join(f"{value} {signs[name]} {bound}" for name, bound in bounds.items())


def _twice(columns: Sequence[str]) -> str:
    """Where no hash is there twice, no key is."""
    return f"SELECT 1 FROM {{batch}} GROUP BY xxhash64({', '.join(columns)}) HAVING count(*) > 1"  # noqa: S608


def _literal(value: Any) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else str(value)
