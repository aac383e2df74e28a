"""The entry of one table in the record of a run: a row of ops.runs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from jobs.runtime.errors import Overtaken, Refused, Stopped
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.redaction import mask
from schemas.table import Table


@dataclass(frozen=True)
class ExpectationResult:
    """The result of one expectation."""

    name: str
    severity: str
    success: bool
    expected: str
    observed: str


@dataclass
class Entry:
    """The state of one table in a run.

    `base` is the snapshot of main at the start of the run. `counts` and `problems` count delivered rows,
    `change_counts` the applied changes; `changes` is the preview of a dry run.
    """

    table: Table
    base: int | None
    status: str = "no_change"
    message: str | None = None
    staged: Staged | None = None
    as_of: datetime | None = None
    inputs: dict[str, int | None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    results: list[ExpectationResult] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    change_counts: list[dict[str, Any]] = field(default_factory=list)

    def apply_results(self, results: Sequence[ExpectationResult], kept: str) -> list[str]:
        """Set the status to staged, or to refused if a critical expectation failed. Returns the warnings.

        `kept` tells where refused rows can be read.
        """
        failed = [(result.severity, f"{result.name} ({result.observed})") for result in results if not result.success]
        critical = "; ".join(text for severity, text in failed if severity == "critical")
        self.results = list(results)
        if critical:
            self.refuse(f"failed: {critical}; {kept}")
        elif not self.message:
            self.status = "staged"
        unmet = (text for severity, text in failed if severity != "critical")
        return [f"{self.table.name}: expectation not met: {text}" for text in unmet]

    def refuse(self, reason: str) -> None:
        """Refuse to publish the table. The first reason is kept."""
        self.status, self.message = "refused", self.message or reason

    def fail(self, error: BaseException) -> None:
        """Set status and message to those of the error that ended the run."""
        statuses = {Overtaken: "overtaken", Stopped: "stopped", Refused: "refused"}
        self.status = next((status for kind, status in statuses.items() if isinstance(error, kind)), "failed")
        self.message = mask((str(error) or type(error).__name__).splitlines()[0])

    @property
    def summary(self) -> dict[str, Any]:
        """The entry as a mapping with the column names of ops.runs."""
        return {
            "table": self.table.name,
            "status": self.status,
            "message": self.message,
            **{f"rows_{kind}": count for kind, count in self.counts.items()},
            "rows_published": self.staged.rows if self.staged and self.status == "published" else 0,
            "output_snapshot": self.staged.snapshot if self.staged else None,
            "as_of": self.as_of,
            "input_snapshots": json.dumps(self.inputs),
            "suite_results_json": json.dumps([asdict(result) for result in self.results]),
            "changes_json": json.dumps(self.change_counts) if self.change_counts else None,
            "problems": self.problems,
            "changes": self.changes,
        }
