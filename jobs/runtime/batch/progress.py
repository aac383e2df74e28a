"""Console output of a run: a line per step while it works, and the summary at its end."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from jobs.runtime.batch.dry_run import COUNTS

DOLLARS_PER_DPU_HOUR = 0.44


class Progress:
    """One line per step: live on a terminal, plain elsewhere. Steps may be under way side by side."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
        self.seconds_of: dict[str, float] = {}
        self._live, self._under_way, self._lock = self.console.status(""), list[str](), Lock()

    def say(self, text: str) -> None:
        self.console.print(text, markup=False)

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """A step that is under way; what is added to the list stands in its line."""
        told, started = list[str](), time.monotonic()
        self._show([name], [])
        try:
            yield told
        finally:
            self._show([], [name])
        self.seconds_of[name] = round(time.monotonic() - started, 3)
        self.say(f"  {name:<34}{' '.join(told):<66}{self.seconds_of[name]:6.1f} s")

    def _show(self, begun: Sequence[str], ended: Sequence[str]) -> None:
        with self._lock:
            self._under_way = [*(name for name in self._under_way if name not in ended), *begun]
            self._live.update(", ".join(self._under_way))
            if self._under_way:
                self._live.start()
            else:
                self._live.stop()

    def summary(self, summary: Mapping[str, Any]) -> None:
        """What came in, what went out of it table by table, what it cost, and all that was not as it should be."""
        for table in (table for table in summary["tables"] if "rows_read" in table):
            parts = " + ".join(
                f"{table[f'rows_{part}']:,} {part}" for part in ("kept", "rejected", "duplicate", "late")
            )
            self.say(f"\n{table['table']}: {table['rows_read']:,} rows read = {parts}")
            self._grid(("problem", "rows"), [(problem, f"{rows:,}") for problem, rows in table["problems"].items()])
        changes = [change for table in summary["tables"] for change in table["changes"]]
        self._grid(
            ("table", "period", *COUNTS),
            [[change["table"], change["period"], *(f"{change[count]:,}" for count in COUNTS)] for change in changes],
        )
        self._grid(
            ("table", "status", "rows published", "snapshot", "expectations"),
            [_cells(table) for table in summary["tables"]],
        )
        for line in (*summary["headlines"], *(f"warning: {warning}" for warning in summary["warnings"])):
            self.say(line)
        if summary["report"]:
            self.say(f"report {summary['report']}")
        hours = summary["dpu_hours_estimate"]
        cost = f"on two G.1X Glue workers about {hours:.3f} DPU-hours, ${hours * DOLLARS_PER_DPU_HOUR:.3f}"
        self.say(f"run {summary['run_id']}: {summary['seconds']:.1f} s; {cost}\nlake {summary['lake']}")

    def _grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        if rows:
            grid = Grid(*columns)
            for row in rows:
                grid.add_row(*row)
            self.console.print(grid)


def _cells(table: Mapping[str, Any]) -> Sequence[str]:
    results = json.loads(table["suite_results_json"])
    passed = sum(result["success"] for result in results)
    checked = f"{passed} passed, {len(results) - passed} failed" if results else ""
    return (
        table["table"],
        table["status"].replace("_", " "),
        f"{table['rows_published']:,}",
        str(table["output_snapshot"] or ""),
        checked,
    )
