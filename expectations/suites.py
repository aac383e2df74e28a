"""The suite of a table, as data."""

import json
from importlib import resources
from typing import Any

from schemas.table import Table


def suite(table: Table) -> dict[str, Any]:
    """`meta.engine` is `spark` or `by_size`; each of `expectations` has type, kwargs, severity and meta.name, its sentence.

    The rows that a query with meta.tells_rows finds are told; they must tell of no person.
    """
    domain, _, stem = table.name.partition(".")
    text = resources.files("expectations").joinpath(domain, f"{stem}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
