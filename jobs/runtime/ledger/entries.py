"""What a run does to one table, as a row of ops.runs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from jobs.runtime.errors import Overtaken, Refused, Stopped
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.masking import masked
from schemas.table import Table


@dataclass(frozen=True)
class ExpectationResult:
    """How one expectation came out."""

    name: str
    severity: str
    success: bool
    expected: str
    observed: str


@dataclass
class Entry:
    """What a run does to one table. `base` is main as it was at the start; `counts` and `problems` are of delivered rows, `account` of changes."""

    table: Table
    base: int | None
    status: str = "no_change"
    message: str | None = None
    staged: Staged | None = None
    as_of: datetime | None = None
    inputs: dict[str, int | None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    outcomes: list[ExpectationResult] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    account: list[dict[str, Any]] = field(default_factory=list)

    def judge(self, outcomes: Sequence[ExpectationResult], kept: str) -> list[str]:
        """Staged, or refused where something critical does not hold; returns the warnings. `kept` says where its rows are."""
        failed = [(one.severity, f"{one.name} ({one.observed})") for one in outcomes if not one.success]
        critical = "; ".join(what for severity, what in failed if severity == "critical")
        self.outcomes = list(outcomes)
        if critical:
            self.refuse(f"does not hold: {critical}; {kept}")
        elif not self.message:
            self.status = "staged"
        return [f"{self.table.name}: does not hold: {what}" for severity, what in failed if severity != "critical"]

    def refuse(self, why: str) -> None:
        """Readers are not to see it; the first reason is the one to tell."""
        self.status, self.message = "refused", self.message or why

    def fail(self, error: BaseException) -> None:
        """The run ends here, with an error."""
        kinds = {Overtaken: "overtaken", Stopped: "stopped", Refused: "refused"}
        self.status = next((word for kind, word in kinds.items() if isinstance(error, kind)), "failed")
        self.message = masked((str(error) or type(error).__name__).splitlines()[0])

    @property
    def told(self) -> dict[str, Any]:
        """As data, under the names of ops.runs."""
        return {
            "table": self.table.name,
            "status": self.status,
            "message": self.message,
            **{f"rows_{kind}": count for kind, count in self.counts.items()},
            "rows_published": self.staged.rows if self.staged and self.status == "published" else 0,
            "output_snapshot": self.staged.snapshot if self.staged else None,
            "as_of": self.as_of,
            "input_snapshots": json.dumps(self.inputs),
            "suite_results_json": json.dumps([asdict(outcome) for outcome in self.outcomes]),
            "changes_json": json.dumps(self.account) if self.account else None,
            "problems": self.problems,
            "changes": self.changes,
        }
