"""Rows that violate the expectations of a table, as declared by its test under PLANTED."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.table import Table

Rows = Sequence[Mapping[str, Any]]
# Columns of a clean row in addition to its data.
OF_FILE = {"source_file": "/in/a", "run_id": "r"}


@dataclass(frozen=True)
class Planted:
    """Ten good rows, and the change that violates each expectation of the suite file, by the expectation's name.

    `beside` has the rows of other tables that the suite queries. Violations of expectations that follow from the
    schema are derived, not declared.
    """

    rows: Rows
    breaks: Mapping[str, Mapping[str, Any]]
    beside: Mapping[Table, Rows] = field(default_factory=dict)


def row(**change: Any) -> dict[str, Any]:
    """Change the first row."""
    return {"row": change}


def run(**change: Any) -> dict[str, Any]:
    """Change an option of the run."""
    return {"run": change}


def weekday(**values: float) -> dict[str, Any]:
    """Add a day whose value, in the view of that name, is unusual for its weekday."""
    return {"usual": values}
