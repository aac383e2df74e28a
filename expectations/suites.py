"""The expectation suite of a table."""

import json
from importlib import resources
from typing import Any

from expectations.cdc_expectations import cdc_expectations
from expectations.layer_expectations import layer_expectations
from expectations.schema_expectations import schema_expectations
from schemas.table import Table


def suite(table: Table) -> dict[str, Any]:
    """The suite of a table: the expectations of its schema, of its layer, and of its JSON file if it has one.

    `meta.engine` is `spark` or `by_size`; each of `expectations` has type, kwargs, severity and meta.name, a sentence.
    The rows found by a query with meta.tells_rows are reported: they must not have personal data.
    """
    file = resources.files("expectations").joinpath(table.domain, f"{table.stem}.json")
    own: dict[str, Any] = (
        json.loads(file.read_text(encoding="utf-8"))
        if file.is_file()
        # All expectations of CDC tables are queries: without a failure, Great Expectations is not even imported.
        else {"meta": {"engine": "spark" if table.cdc_role else "by_size"}, "expectations": []}
    )
    shared = cdc_expectations(table) if table.cdc_role else layer_expectations(table)
    return {"meta": own["meta"], "expectations": [*schema_expectations(table), *shared, *own["expectations"]]}
