"""What an ingest run staged: row counts, suite inputs and the file states for the ledger."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Row

from jobs.runtime.iceberg.lake_reader import rows_of_run
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.quality.baseline_views import views
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.wording import count
from schemas.table import Table


@dataclass(frozen=True)
class StagedFiles:
    """What a run staged from its input files.

    Of the files in `reread`, `row_counts` has only the rows that may replace removed ones.
    """

    rejects: Table
    clean: Staged
    rejected: Staged
    row_counts: RowCounts
    kept_by_file: Mapping[str, int]
    replaced: int
    delivered: Sequence[Mapping[str, Any]]
    withdrawn: Sequence[Mapping[str, Any]]
    reread: Sequence[Row]
    warnings: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """read = kept + rejected + duplicate + late."""
        kept = sum(self.kept_by_file.values())
        return {
            "read": self.row_counts.read,
            "kept": kept,
            "rejected": self.row_counts.rejected,
            "duplicate": self.row_counts.good - kept,
            "late": self.row_counts.late,
            "replaced": self.replaced,
        }

    @property
    def problems(self) -> Counter[str]:
        return self.row_counts.problems

    @property
    def message(self) -> str:
        counts = self.counts
        others = [f", {counts[name]:,} {name}" for name in ("duplicate", "late", "replaced") if counts[name]]
        known = f"{count(counts['read'], 'row')} read, {counts['kept']:,} kept, {counts['rejected']:,} rejected"
        return "".join([known, *others])

    def slices(self, lake: Lake, ledger: Ledger, entry: Entry) -> list[Slice]:
        """The staged slice of each table."""
        entry.staged = self.clean
        suite_views = views(lake, ledger, entry, self.counts, self.row_counts.remarks)
        return [
            Slice(table, staged, rows_of_run(ledger.run_id), suite_views)
            for table, staged in ((entry.table, self.clean), (self.rejects, self.rejected))
        ]

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:
        """A message if the share of rejected rows exceeds `allowed`, else None. `kept` says where the rows are kept."""
        # Rows of forgotten persons say nothing about the quality of the files.
        rejected = self.row_counts.rejected - self.row_counts.problems["forgotten"]
        share = rejected / max(self.row_counts.read, 1)
        if share <= allowed:
            return None
        reasons = ", ".join(f"{rows:,} {problem}" for problem, rows in self.row_counts.problems.most_common(3))
        return f"rejected {share:.1%} of the rows, more than --max_rejected_share {allowed} ({reasons}); {kept}"

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:
        """The file states to record in the ledger after the run was published or not."""
        if not is_published:
            return [{**file, "state": "void"} for file in (*self.delivered, *self.withdrawn)]
        taken = [
            {
                **file,
                "state": "taken",
                "duplicates": self._duplicates(file["path"], self.row_counts.of_file(file["path"]).good),
            }
            for file in self.delivered
        ]
        # A reread file still belongs to the run that took it, but has fewer duplicates now.
        reread = [
            {
                **row.asDict(),
                "state": "taken",
                "duplicates": row.duplicates and self._duplicates(row.path, row.duplicates),
            }
            for row in self.reread
        ]
        return [*taken, *({**file, "state": "withdrawn"} for file in self.withdrawn), *reread]

    @property
    def paths(self) -> list[str]:
        return [file["path"] for file in (*self.delivered, *self.withdrawn)]

    def _duplicates(self, path: str, rows: int) -> int:
        return rows - self.kept_by_file.get(path, 0)
