"""The suite of a table, as data."""

import json
from importlib import resources
from typing import Any

from expectations.following import following
from schemas.table import Table


def suite(table: Table) -> dict[str, Any]:
    """`meta.engine` is `spark` or `by_size`; each of `expectations` has type, kwargs, severity and meta.name, its sentence.

    What follows a changing source has those of all such tables before its own.
    The rows that a query with meta.tells_rows finds are told; they must tell of no person.
    """
    domain, _, stem = table.name.partition(".")
    file = resources.files("expectations").joinpath(domain, f"{stem}.json")
    own: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() or not table.follows else {"expectations": []}
    shared = following(table) if table.follows else []
    return {"meta": own.get("meta", {"engine": "by_size"}), "expectations": [*shared, *own["expectations"]]}
