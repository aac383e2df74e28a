"""Validate rejected rows again, and move those that now pass into the clean table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.suites import suite
from jobs.runtime.batch.publish_preview import describe_changes, preview
from jobs.runtime.day_set import DayRanges
from jobs.runtime.errors import Overtaken, Refused, WeirError
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.ingest.deduplication import ValidatedRows
from jobs.runtime.ingest.file_plan import KnownFiles, as_file
from jobs.runtime.ingest.file_readers import Reader
from jobs.runtime.ingest.publish_and_recover import Recovery
from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.ingest.time_zone_check import require_same_zones
from jobs.runtime.ingest.validate_rows import READ_OPTIONS, row_options
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.maintenance.domain_jobs import ingest_jobs
from jobs.runtime.maintenance.live_run_check import recorded_run
from jobs.runtime.quality import suite_runner
from jobs.runtime.quality.baseline_views import views
from jobs.runtime.quality.staged_slice import Slice
from jobs.runtime.storage.listing import find_file
from jobs.runtime.wording import count
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.validated_rows import drop_unneeded_lines, mark_forgotten, rejected_rows, without_rejected


def replay_rejected(lake: Lake, ledger: Ledger, *, domain: str, dry_run: bool) -> str:
    """Replay the rejected rows of each ingest job of the domain. Returns a report with a line per rejected table."""
    report = [
        _replay_changes(job, rejects, lake, ledger, dry_run)
        if job.cdc_source
        else _Replay(job, rejects, lake, ledger, dry_run).run()
        for job, rejects in ingest_jobs(lake, domain)
    ]
    return "\n".join(report) or "no tables of the domain are built from files"


def _replay_changes(job: Job, rejects: Table, lake: Lake, ledger: Ledger, dry_run: bool) -> str:
    """Mark the files of rejected changes, so that the next run takes them again.

    A change depends on its position in its file, so the file is applied as a whole. Changes that were applied before
    have no further effect.
    """
    with recorded_run(ledger, [] if dry_run else [Entry(rejects, lake.main(rejects))]):
        recovery = Recovery.of(job, rejects, lake.main(job.writes), lake, ledger)
        files = recovery.known_files() if dry_run else recovery.recover()
        rejected = lake.published(rejects).filter("raw_line IS NOT NULL").select("source_file").distinct().collect()
        paths = sorted(files.taken.keys() & {row.source_file for row in rejected})
        if not dry_run:
            recovery.record([{**files.taken[path].asDict(), "state": "undone"} for path in paths])
    when = "would be taken again: --dry_run" if dry_run else "will be taken again by the next run of their job"
    return f"{rejects.name}: {count(len(paths), 'file')} with rejected changes {when}"


# Late rows stay late, and ambiguous rows are so because of other rows of their file.
_REPLAYABLE = "raw_line IS NOT NULL AND NOT exists(problems, problem -> problem = 'late' OR problem LIKE 'ambiguous%')"
# Files that are read and validated with the same options: their reader, their paths, and the options of their runs.
_FileGroup = tuple[Reader, list[str], Mapping[str, Any]]


@dataclass(frozen=True)
class _Replay:
    """Validate the rejected rows of one job again, and publish those that pass."""

    job: Job
    rejects: Table
    lake: Lake
    ledger: Ledger
    dry_run: bool

    def run(self) -> str:
        for table in self.job.tables:
            self.lake.ensure(table)
        clean, rejected = (Entry(table, self.lake.main(table)) for table in (self.job.writes, self.rejects))
        with recorded_run(self.ledger, [clean, rejected]):
            recovery = Recovery.of(self.job, self.rejects, clean.base, self.lake, self.ledger)
            files = recovery.known_files() if self.dry_run else recovery.recover()
            rejected.base = self.lake.main(self.rejects)
            try:
                report = self._replay(clean, rejected, files)
            except BaseException as error:
                # The clean table may be published: keep the branch of the rejected table for the next run to publish.
                may_be_published = clean.status in ("publishing", "published") and not isinstance(error, Overtaken)
                dropped = [clean] if may_be_published else [clean, rejected]
                self._drop_branches([] if clean.status == "refused" else dropped)
                raise
            self._drop_branches([clean, rejected])
            return report

    def _drop_branches(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.lake.drop_branch(entry.table, self.ledger.run_id)

    def _replay(self, clean: Entry, rejected: Entry, files: KnownFiles) -> str:
        candidates = self.lake.frame(self.rejects, rejected.base).filter(_REPLAYABLE)
        groups, skipped = self._group_files(candidates, files)
        details = "".join(f"\nwarning: {count(rows, 'row')} of {path} skipped: {why}" for path, rows, why in skipped)
        if not groups:
            return f"{self.rejects.name}: no rows to validate again{details}"
        candidates = candidates.filter(F.col("source_file").isin(*(path for _, paths, _ in groups for path in paths)))
        validated = ValidatedRows.of(self._validate(candidates, groups), self.job.writes)
        row_counts, rows = validated.row_counts, candidates.agg(F.count("*")).collect()[0][0]
        if row_counts.read != rows:
            raise WeirError(
                f"{self.rejects.name} has {count(rows, 'line')} to validate again, and {row_counts.read:,} came back; "
                "nothing was changed"
            )
        if not row_counts.good:
            return f"{self.rejects.name}: {count(rows, 'row')} validated again, all still rejected{details}"
        require_same_zones(validated.rows, self.job, [options for _, _, options in groups])
        self._stage(clean, rejected, candidates, validated)
        self._check(clean, row_counts)
        if not self.dry_run:
            self.ledger.record_files(self.job.writes, self._updated_files(row_counts, files))
        details += self._publish([clean, rejected])
        counts = ", ".join(f"{count:,} {kind}" for kind, count in clean.counts.items())
        return (
            f"{self.rejects.name}: {count(rows, 'row')} validated again, {row_counts.good:,} now pass ({counts}), "
            f"{rows - row_counts.good:,} still rejected{details}"
        )

    def _stage(self, clean: Entry, rejected: Entry, candidates: DataFrame, validated: ValidatedRows) -> None:
        """Stage the new good rows in the clean table, and the rejected table without all good rows."""
        job, lake, run_id, row_counts = self.job, self.lake, self.ledger.run_id, validated.row_counts
        good_days = DayRanges.of(*((day, day) for day in row_counts.good_days))
        published = lake.frame(job.writes, clean.base).filter(good_days.on(job.writes))
        added = validated.without_published(published)[0].withColumn(RUN_ID.name, F.lit(run_id))
        clean.staged = lake.stage(
            job.writes, added.select(*job.writes.names), run_id, base=clean.base, replaces=None, properties={}
        )
        passed = without_rejected(candidates, rejected_rows(validated.rows))
        days = DayRanges.of(*((row[0], row[0]) for row in passed.select(RECEIVED_ON.name).distinct().collect()))
        is_rewritten = days.on(self.rejects)
        still_rejected = without_rejected(lake.frame(self.rejects, rejected.base).filter(is_rewritten), passed)
        rejected.staged = lake.stage(
            self.rejects, still_rejected, run_id, base=rejected.base, replaces=is_rewritten, properties={}
        )
        validated.release()
        clean.counts = {"kept": clean.staged.rows, "duplicate": row_counts.good - clean.staged.rows}

    def _publish(self, entries: Sequence[Entry]) -> str:
        """Publish the tables. In a dry run, describe the changes instead."""
        changes = ""
        for entry in entries:
            if self.dry_run:
                entry.changes, entry.status = preview(self.lake, entry, self.ledger.run_id), "previewed"
                changes += "".join(f"\n{sentence}" for sentence in describe_changes(entry.changes))
            else:
                entry.status = "publishing"
                self.lake.publish(entry.table, self.ledger.run_id)
                entry.status = "published"
        return changes + ("\nnothing was changed: --dry_run" if self.dry_run else "")

    def _group_files(
        self, candidates: DataFrame, files: KnownFiles
    ) -> tuple[list[_FileGroup], list[tuple[str, int, str]]]:
        """The files grouped by the options of their runs, and those without an available header: path, rows, reason."""
        by_file = candidates.groupBy("source_file", RUN_ID.name).agg(F.count("*").alias("rows"))
        rows = by_file.orderBy("source_file").collect()
        parameters = self.ledger.required_parameters({row.run_id for row in rows})
        skipped, groups = list[tuple[str, int, str]](), dict[str, _FileGroup]()
        for row in rows:
            path = row.source_file
            options: Mapping[str, Any] = {name: parameters[row.run_id].get(name) for name in row_options(self.job)}
            reader = Reader(self.lake.spark, self.job.reads[0], **{name: options[name] for name in READ_OPTIONS})
            reader, paths, _ = groups.setdefault(repr(options), (reader, [], options))
            file, taken = find_file(path) if reader.needs_header(path) else None, files.taken.get(path)
            if reader.needs_header(path) and (file is None or taken is None or file != as_file(taken)):
                gone, changed = "the file is gone, and its header with it", "the file has changed since it was taken"
                skipped.append((path, row.rows, gone if file is None else changed))
            else:
                paths.append(path)
        return [group for group in groups.values() if group[1]], skipped

    def _validate(self, candidates: DataFrame, groups: Sequence[_FileGroup]) -> DataFrame:
        """Validate the lines with the current rules and the options of their runs. No row becomes late."""
        # U+2400 stands for NUL only in rows that are rejected for it.
        with_nul = F.when(F.array_contains("problems", "encoding"), F.translate("raw_line", "\u2400", "\0"))
        lines = candidates.select(F.coalesce(with_nul, "raw_line").alias("line"), "source_file")
        inputs = {table.stem: self.lake.published(table) for table in self.job.reads[1:]}
        current = {**inputs, "clock": self.ledger.clock, "published": self.lake.frame(self.job.writes, None)}

        def build(reader: Reader, paths: Sequence[str], options: Mapping[str, Any]) -> DataFrame:
            values = {name: value for name, value in {**options, **current}.items() if name in self.job.arguments}
            rows: DataFrame = self.job.build(reader.parse_lines(lines, paths), **values)
            return rows

        rows = drop_unneeded_lines(reduce(DataFrame.unionByName, [build(*group) for group in groups]))
        return mark_forgotten(rows, self.job.writes.persons, self.ledger.forgotten_hashes(self.job.writes))

    def _check(self, clean: Entry, row_counts: RowCounts) -> None:
        """Raises Refused where the added rows fail the suite. The rejected table only loses rows: it is not checked."""
        counts = {"read": row_counts.good, "rejected": 0, "late": 0, "duplicate": clean.counts["duplicate"]}
        staged, baselines = clean.staged or Staged(0, 0), views(self.lake, self.ledger, clean, counts, [])
        rows = self.lake.staged_rows(clean.table, self.ledger.run_id)
        results = suite_runner.check(rows, Slice(clean.table, staged, "true", baselines), suite(clean.table))
        clean.apply_results(results, self.ledger.kept_rows_hint(clean.table))
        if clean.message:
            raise Refused(f"{clean.table.name} {clean.message}")

    def _updated_files(self, row_counts: RowCounts, files: KnownFiles) -> list[dict[str, Any]]:
        """The taken files of the good rows, with their days and maximum duplicates after publication."""
        updated = []
        for path, row in ((path, row) for path, row in files.taken.items() if row_counts.of_file(path).good):
            good = row_counts.of_file(path)
            days = [day for day in (row.first_day, row.last_day) if day] + good.good_days
            duplicates = None if row.duplicates is None else row.duplicates + good.good
            span = {"first_day": min(days), "last_day": max(days)}
            updated.append({**row.asDict(), "state": "taken", **span, "duplicates": duplicates})
        return updated
