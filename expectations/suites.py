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


def all_in_one(queries: Sequence[dict[str, Any]]) -> str:
    """One query for all of them: it returns the `meta.position` of each that finds a row."""
    each = [f"(SELECT {one['meta']['position']} AS found FROM ({one['kwargs']['unexpected_rows_query']}) LIMIT 1)" for one in queries]  # noqa: S608  (from our own files)
    return " UNION ALL ".join(each)
