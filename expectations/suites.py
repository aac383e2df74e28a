"""The suite of a table, as data."""

import json
from importlib import resources
from typing import Any

from expectations.claims import claims
from expectations.delivered import delivered
from expectations.following import following
from schemas.table import Table


def suite(table: Table) -> dict[str, Any]:
    """`meta.engine` is `spark` or `by_size`; each of `expectations` has type, kwargs, severity and meta.name, its sentence.

    Before those of its own file, if it has one, come those that its schema claims, and those of all tables of its kind.
    The rows that a query with meta.tells_rows finds are told; they must tell of no person.
    """
    file = resources.files("expectations").joinpath(table.domain, f"{table.stem}.json")
    own: dict[str, Any] = (
        json.loads(file.read_text(encoding="utf-8"))
        if file.is_file()
        else {"meta": {"engine": "by_size"}, "expectations": []}
    )
    shared = following(table) if table.follows else delivered(table)
    return {"meta": own["meta"], "expectations": [*claims(table), *shared, *own["expectations"]]}
