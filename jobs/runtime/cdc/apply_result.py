"""The result of applying changes: staged tables, counts by outcome, and the slices that their suites check."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import Row

from jobs.runtime.iceberg.lake_reader import rows_of_run
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.spark.small_frames import literal_row
from jobs.runtime.wording import count
from schemas.table import Table

_KINDS = ("inserted", "updated", "deleted")
_OUTCOMES = {"applied": "kept", "stale": "late", "replayed": "duplicate", "beyond_retention": "rejected"}
# Problem or remark -> what to do about changes with it.
_ADVICE = {
    "no_commit_time": (
        "without a commit time: --columns commit_ts=<column> names its column, --sequence file orders changes by their "
        "files"
    ),
    "unknown_op": (
        "with an unknown operation or none: --ops names others; --load_ts, or a file name such as LOAD00000001, takes "
        "rows without one as a full load, of JSON only if all objects are without; --columns operation=operation says "
        "that a column of that name is data"
    ),
    "truncated_or_malformed": (
        "truncated or malformed: a line of JSON is one object and nothing else, and deletes of MongoDB need "
        "pre-images; if texts of CSV files have line breaks, --multi_line reads them; quotes inside quotes are to be "
        "doubled; lines without a header need every column of the table: give a file from before one was added a header"
    ),
    "empty_field": (
        "rejected with an empty field in a column that is not text: --null_text '' reads empty fields as NULL"
    ),
    "bad_old_key": (
        "rejected with a key before the change that is not a value of its type: if the field, such as old_id, is a "
        "column of the source, --columns old_id=old_id says so"
    ),
    "op_anomaly": (
        "with op_anomaly, an insert of an existing row, an update of a missing one, or a new key that another row has: "
        "earlier changes were lost, rejected or are not delivered yet, or keys changed and the feed lacks the old key, "
        "which DMS writes by the rule add-before-image-columns, as BI_<key>"
    ),
    "newer_but_earlier": (
        "newer than another one of the same row, but earlier in the log, or older, but later (newer_but_earlier), such "
        "as in {file}: the log counts, which is right if the clock was set back, a statement took long, or a snapshot "
        "read its rows meanwhile; if a new log began, go back with lake.restore to the run before, which weir runs "
        "lists, and give the next --epoch"
    ),
}
_OPERATIONS = {"L": "load", "I": "insert", "U": "update", "D": "delete", "T": "truncate"}


@dataclass(frozen=True)
class StagedChanges:
    """The tables that a run staged from change files.

    `rows` counts the changes by file, outcome, problems, remarks and operation. `balance` counts the inserted, updated
    and deleted rows, `incomplete` those with a column of unknown value. `newest` is the commit time of the newest
    change, of this run or published earlier.
    `control_records` counts heartbeats, transactions and others that are no changes.
    """

    staged: Mapping[str, Staged]
    tables: Sequence[Table]
    rows: Sequence[Row]
    delivered: Sequence[Mapping[str, Any]]
    balance: Mapping[str, int]
    newest: datetime | None
    incomplete: int = 0
    control_records: int = 0
    warnings: Sequence[str] = ()

    @property
    def counts(self) -> dict[str, int]:
        """read = kept + rejected + duplicate + late: a replayed change is a duplicate, a stale one is late."""
        counts = Counter({"read": 0, "kept": 0, "rejected": 0, "duplicate": 0, "late": 0})
        for row in self.rows:
            counts["read"] += row.rows
            counts["rejected" if row.problems else _OUTCOMES[row.outcome]] += row.rows
        return {**counts, "replaced": 0}

    @property
    def problems(self) -> Counter[str]:
        return sum((Counter({problem: row.rows}) for row in self.rows for problem in row.problems), Counter[str]())

    @property
    def remarks(self) -> Counter[str]:
        return sum((Counter({remark: row.rows}) for row in self.rows for remark in row.remarks), Counter[str]())

    def _file_with(self, remark: str) -> str:
        return next((row.source_file for row in self.rows if remark in row.remarks), "")

    @property
    def advice(self) -> list[str]:
        """What to do about changes that were rejected, or applied against expectation."""
        incomplete = (
            f"{count(self.incomplete, 'row')} with _incomplete: an update left a column as it was, and no value of it "
            "is stored: it is NULL until a change or a snapshot has it; with --ignore_null_updates, also each row of "
            "which only updates have arrived, such as after a change of its key"
        )
        return [*([incomplete] if self.incomplete else []), *self._advice_on_changes]

    @property
    def _advice_on_changes(self) -> list[str]:
        rows = self.problems + self.remarks
        file = self._file_with("newer_but_earlier")
        return [
            f"{count(rows[kind], 'change')} {text.format(file=file)}" for kind, text in _ADVICE.items() if rows[kind]
        ]

    @property
    def change_counts(self) -> list[dict[str, Any]]:
        """The counts for ops.runs: rows by change, changes by operation, by remark and by problem."""
        operations = Counter[str]()
        for row in self.rows:
            operations[_OPERATIONS.get(row._op, "unknown")] += row.rows
        counts: Mapping[str, Mapping[str, int]] = {
            "row": self.balance,
            "change": operations,
            "record": {"control": self.control_records} if self.control_records else {},
            "remark": self.remarks,
            "problem": self.problems,
        }
        return [
            {"about": about, "kind": kind, "rows": rows}
            for about, rows_by_kind in counts.items()
            for kind, rows in sorted(rows_by_kind.items())
        ]

    def slices(self, lake: Lake, ledger: Ledger, entry: Entry) -> list[Slice]:
        """The staged slice of each table. Views have fixed names: a source may be called like any of them."""
        entry.change_counts, entry.as_of = self.change_counts, self.newest
        counts = {f"rows_{kind}": count for kind, count in self.counts.items()}
        balance = {f"rows_{kind}": self.balance.get(kind, 0) for kind in _KINDS}
        before, after = lake.row_counts(entry.table, entry.base, self.staged[entry.table.name].snapshot)
        totals = {"rows_before": before, "rows_after": after}
        views = {
            "run": literal_row(
                lake.spark, {**counts, **balance, **totals, "remarks": " ".join(self.remarks), "clock": ledger.clock}
            )
        }
        by_run = f"_applied_at = TIMESTAMP '{ledger.clock:%Y-%m-%d %H:%M:%S.%f}'"
        slices = list[Slice]()
        for table in self.tables:
            staged = self.staged[table.name]
            where = rows_of_run(ledger.run_id) if table.cdc_role == "rejected" else by_run
            if table.cdc_role == "history":
                keys = lake.staged(table, ledger.run_id).filter(where).select(*entry.table.key).distinct()
                live = lake.staged(entry.table, ledger.run_id).filter(
                    "NOT _is_deleted" if "_is_deleted" in entry.table.names else "true"
                )
                rows = live.join(keys, on=list(entry.table.key), how="left_semi")
                views["current_rows"] = rows
            slices.append(Slice(table, staged, where, {**views}))
        return slices

    @property
    def message(self) -> str:
        counts = self.counts
        other_counts = [
            f", {counts[kind]:,} {word}"
            for kind, word in (("late", "stale"), ("duplicate", "replayed"), ("rejected", "rejected"))
            if counts[kind]
        ]
        return f"{count(counts['read'], 'change')} read, {counts['kept']:,} applied{''.join(other_counts)}"

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:
        """The reason to refuse the run if more than the `allowed` share was rejected. `kept` tells where they are."""
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
