"""The suite of a table, as data."""

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

from schemas.table import Table

# Runs in Spark whatever the engine of the suite, since it may ask other tables.
QUERY = "unexpected_rows_expectation"


def suite(table: Table) -> dict[str, Any]:
    """`meta.engine` is `spark` or `by_size`; each of `expectations` has type, kwargs, severity and meta.name, its sentence.

    The rows that a query with meta.tells_rows finds are told; they must tell of no person.
    """
    domain, _, stem = table.name.partition(".")
    text = resources.files("expectations").joinpath(domain, f"{stem}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def joined(expectations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, with all queries as one, in whose `meta.positions` are those of each.

    A query costs two jobs by itself; where none finds a row, there is nothing more to know.
    """
    queries = [one for one in expectations if one["type"] == QUERY]
    each = [f"(SELECT 1 AS found FROM ({one['kwargs']['unexpected_rows_query']}) LIMIT 1)" for one in queries]  # noqa: S608  (from our own files)
    meta = {"positions": [position for one in queries for position in one["meta"]["positions"]]}
    all_queries = {"type": QUERY, "kwargs": {"unexpected_rows_query": " UNION ALL ".join(each)}, "meta": meta}
    return [one for one in expectations if one not in queries] + ([all_queries] if queries else [])
