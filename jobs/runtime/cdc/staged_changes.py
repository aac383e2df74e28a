"""The result of applying changes: staged tables, counts by outcome, and what their suites check."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import Row

from jobs.runtime.iceberg.lake import Lake, rows_of
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.spark.local_frames import View, known
from schemas.table import Table

_KINDS = ("inserted", "updated", "deleted")
_OUTCOMES = {"applied": "kept", "stale": "late", "replayed": "duplicate", "beyond_retention": "rejected"}
_SAID = {"L": "load", "I": "insert", "U": "update", "D": "delete", "T": "truncate"}


@dataclass(frozen=True)
class StagedChanges:
    """What a run staged of change files: by table, as it is now. `rows` are the changes by file, outcome, problems, remarks and operation, `newest` when
    the newest that was ever published was made.
    """

    staged: Mapping[str, Staged]
    tables: Sequence[Table]
    rows: Sequence[Row]
    delivered: Sequence[Mapping[str, Any]]
    balance: Mapping[str, int]
    newest: datetime | None
    warnings: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """read = kept + rejected + duplicate + late: a replayed change is a duplicate, one that comes too late to count is late."""
        found = Counter({"read": 0, "kept": 0, "rejected": 0, "duplicate": 0, "late": 0})
        for row in self.rows:
            found["read"] += row.rows
            found["rejected" if row.problems else _OUTCOMES[row.outcome]] += row.rows
        return {**found, "replaced": 0}

    @property
    def problems(self) -> Counter[str]:
        return sum((Counter({problem: row.rows}) for row in self.rows for problem in row.problems), Counter[str]())

    @property
    def remarks(self) -> Counter[str]:
        return sum((Counter({remark: row.rows}) for row in self.rows for remark in row.remarks), Counter[str]())

    @property
    def account(self) -> list[dict[str, Any]]:
        """How many rows and changes there were of each kind, as ops.runs keeps it: what became of rows, what changes say, what is odd about them."""
        said, refused = Counter[str](), self.problems
        for row in self.rows:
            said[_SAID.get(row._op, "unknown")] += row.rows
        kinds = {"row": self.balance, "change": said, "remark": self.remarks, "problem": refused}
        return [
            {"about": about, "kind": kind, "rows": rows}
            for about, found in kinds.items()
            for kind, rows in sorted(found.items())
        ]

    def asked(self, lake: Lake, ledger: Ledger, entry: Entry) -> list[tuple[Table, Staged, str, Mapping[str, View]]]:
        """What the suites of the tables ask: which rows, for which it holds, beside which views."""
        entry.account, entry.as_of = self.account, self.newest
        counts = {f"rows_{kind}": count for kind, count in self.counts.items()}
        balance = {f"rows_{kind}": self.balance.get(kind, 0) for kind in _KINDS}
        there = {
            "rows_before": lake.rows(entry.table, entry.base),
            "rows_after": lake.rows(entry.table, self.staged[entry.table.name].snapshot),
        }
        beside = {
            "run": known(
                lake.spark, {**counts, **balance, **there, "remarks": " ".join(self.remarks), "clock": ledger.clock}
            )
        }
        by_run = f"_applied_at = TIMESTAMP '{ledger.clock:%Y-%m-%d %H:%M:%S.%f}'"
        asked = list[tuple[Table, Staged, str, Mapping[str, View]]]()
        for table in self.tables:
            staged, where = self.staged[table.name], rows_of(ledger.run_id) if table.follows == "rejected" else by_run
            if table.follows == "history":
                keys = lake.staged(table, ledger.run_id).filter(where).select(*entry.table.key).distinct()
                shown = lake.staged(entry.table, ledger.run_id).filter(
                    "NOT _is_deleted" if "_is_deleted" in entry.table.names else "true"
                )
                rows = shown.join(keys, on=list(entry.table.key), how="left_semi")
                beside[entry.table.stem] = View(rows, is_few=staged.is_few)
            asked.append((table, staged, where, {**beside}))
        return asked

    @property
    def told(self) -> str:
        counts = self.counts
        beside = [
            f", {counts[kind]:,} {word}"
            for kind, word in (("late", "stale"), ("duplicate", "replayed"), ("rejected", "refused"))
            if counts[kind]
        ]
        return f"{counts['read']:,} changes read, {counts['kept']:,} applied{''.join(beside)}"

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:
        """Why the run is refused, when more than the `allowed` share of its changes was rejected; `kept` says where they are."""
        counts = self.counts
        share = (counts["rejected"] - self.problems["forgotten"]) / max(counts["read"], 1)
        if share <= allowed:
            return None
        reasons = ", ".join(f"{rows:,} {problem}" for problem, rows in self.problems.most_common(3))
        return f"rejected {share:.1%} of the changes, more than --max_rejected_share {allowed} ({reasons}); {kept}"

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:
        return [{**file, "state": "taken" if is_published else "void"} for file in self.delivered]

    @property
    def paths(self) -> list[str]:
        return [file["path"] for file in self.delivered]
