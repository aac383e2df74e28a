"""The suite of a table, as data."""

import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from schemas.table import Table

# Is Spark's SQL, and may ask other tables.
QUERY = "unexpected_rows_expectation"
_OF_ROWS = re.compile(r"SELECT [\w, .]+ FROM \{batch\}(?: AS batch)? WHERE ((?:(?!GROUP BY|HAVING|UNION|ORDER BY|LIMIT|JOIN).)+)")


def suite(table: Table) -> dict[str, Any]:
    """`meta.engine` is `spark` or `by_size`; each of `expectations` has type, kwargs, severity and meta.name, its sentence.

    The rows that a query with meta.tells_rows finds are told; they must tell of no person.
    """
    domain, _, stem = table.name.partition(".")
    text = resources.files("expectations").joinpath(domain, f"{stem}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def all_in_one(queries: Mapping[int, str]) -> str:
    """One query for all of them: it returns the position of each that finds a row, and NULLs. What is asked of single rows is one pass."""
    of_rows = {position: found[1] for position, query in queries.items() if (found := _OF_ROWS.fullmatch(query))}
    each = [f"(SELECT {position} AS found FROM ({query}) LIMIT 1)" for position, query in queries.items() if position not in of_rows]  # noqa: S608  (from our own files)
    if of_rows:
        found_by = ", ".join(f"max(CASE WHEN {condition} THEN {position} END)" for position, condition in of_rows.items())
        each.append(f"(SELECT explode(array({found_by})) AS found FROM {{batch}} AS batch)")  # noqa: S608
    return " UNION ALL ".join(each)
