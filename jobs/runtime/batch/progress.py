"""Console output of a run: a line per step, and a summary at the end."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from jobs.runtime.batch.publish_preview import COUNTS
from jobs.runtime.wording import count, printable

DOLLARS_PER_DPU_HOUR = 0.44


class Progress:
    """Prints one line per finished step; on a terminal also the running ones. Steps may run concurrently."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
        self.seconds_of: dict[str, float] = {}
        self._live, self._running, self._lock = self.console.status(""), list[str](), Lock()

    def print(self, text: str) -> None:
        if self.console.is_terminal:
            self.console.print(printable(text), markup=False)
        else:  # rich would replace tabs; flushed, so that a log shows each step when it ends
            print(printable(text), file=self.console.file, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Time a step. Text appended to the yielded list is printed in its line."""
        notes, started = list[str](), time.monotonic()
        self._update([name], [])
        try:
            yield notes
        finally:
            self._update([], [name])
        self.seconds_of[name] = round(time.monotonic() - started, 3)
        self.print(f"  {name:<34}{' '.join(notes):<66}{self.seconds_of[name]:6.1f} s")

    def _update(self, started: Sequence[str], ended: Sequence[str]) -> None:
        with self._lock:
            self._running = [*(name for name in self._running if name not in ended), *started]
            self._live.update(", ".join(self._running))
            if self._running:
                self._live.start()
            else:
                self._live.stop()

    def summary(self, summary: Mapping[str, Any]) -> None:
        """Print rows read, problems, changes, table statuses, headlines, warnings and the estimated cost."""
        for table in (table for table in summary["tables"] if "rows_read" in table):
            parts = " + ".join(
                f"{table[f'rows_{part}']:,} {part}" for part in ("kept", "rejected", "duplicate", "late")
            )
            self.print(f"\n{table['table']}: {count(table['rows_read'], 'row')} read = {parts}")
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
            self.print(line)
        if summary["report"]:
            self.print(f"report {summary['report']}")
        hours = summary["dpu_hours_estimate"]
        cost = f"on two G.1X Glue workers about {hours:.3f} DPU-hours, ${hours * DOLLARS_PER_DPU_HOUR:.3f}"
        self.print(f"run {summary['run_id']}: {summary['seconds']:.1f} s; {cost}\nlake {summary['lake']}")

    def _grid(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        if rows:
            grid = Grid(*columns)
            for row in rows:
                grid.add_row(*row)
            self.console.print(grid)


class QuietProgress(Progress):
    """Prints nothing: the caller has a line of its own."""

    def print(self, text: str) -> None: ...

    def summary(self, summary: Mapping[str, Any]) -> None: ...


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
