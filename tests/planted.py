"""What breaks the expectations of a table: as its test has it, under PLANTED."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.table import Table

Rows = Sequence[Mapping[str, Any]]
# What a clean row has beside its data.
OF_FILE = {"source_file": "/in/a", "run_id": "r"}


@dataclass(frozen=True)
class Planted:
    """Ten good rows, what breaks each expectation in the file of the suite, by its name, and the rows of other tables that it asks.

    What breaks what follows from the schema is known without.
    """

    rows: Rows
    breaks: Mapping[str, Mapping[str, Any]]
    beside: Mapping[Table, Rows] = field(default_factory=dict)


def row(**change: Any) -> dict[str, Any]:
    """The first row with a change."""
    return {"row": change}


def run(**change: Any) -> dict[str, Any]:
    """Another number or word that the run was told."""
    return {"run": change}


def weekday(**values: float) -> dict[str, Any]:
    """A day whose value, in the view of that name, is not as that of its weekday is."""
    return {"usual": values}
