"""What a person sees while a run works and when it has ended."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

DOLLARS_PER_DPU_HOUR = 0.44


class Step:
    """A step that is under way; `result` is what its line says in the end."""

    result = ""


class Progress:
    """One line per step: live on a terminal, plain elsewhere."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)

    def say(self, text: str) -> None:
        self.console.print(text, markup=False)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        step, started = Step(), time.monotonic()
        if self.console.is_terminal:
            with self.console.status(name):
                yield step
        else:
            yield step
        self.say(f"  {name:<34}{step.result:<66}{time.monotonic() - started:6.1f} s")

    def summary(self, summary: Mapping[str, Any]) -> None:
        """What came in, table by table what went out, what it cost, and all that was not as it should be."""
        for table in (table for table in summary["tables"] if table["input"]):
            counts = table["input"]
            parts = " + ".join(f"{counts[part]:,} {part}" for part in ("kept", "rejected", "duplicate", "late"))
            self.say(f"\n{table['table']}: {counts['read']:,} rows read = {parts}")
            self._grid(("problem", "rows"), [(problem, f"{rows:,}") for problem, rows in table["problems"].items()])
        self.say("")
        self._grid(("table", "status", "rows", "snapshot", "expectations"), [_cells(table) for table in summary["tables"]])
        for warning in summary["warnings"]:
            self.say(f"warning: {warning}")
        hours = summary["dpu_hours_estimate"]
        self.say(f"{summary['status']} in {summary['seconds']:.1f} s; on two G.1X Glue workers about {hours:.3f} DPU-hours, ${hours * DOLLARS_PER_DPU_HOUR:.3f}")
        self.say(f"run {summary['run_id']}, lake {summary['lake']}")

    def _grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        if rows:
            grid = Grid(*columns)
            for row in rows:
                grid.add_row(*row)
            self.console.print(grid)


def _cells(table: Mapping[str, Any]) -> Sequence[str]:
    passed, failed = table["expectations"]["passed"], len(table["expectations"]["failed"])
    rows = "" if table["rows"] is None else f"{table['rows']:,}"
    checked = f"{passed} passed, {failed} failed" if passed or failed else ""
    return table["table"], table["status"].replace("_", " "), rows, str(table["snapshot"] or ""), checked
