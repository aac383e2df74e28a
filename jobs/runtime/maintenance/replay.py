"""Validate rejected rows again, and move those that now pass into the clean table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.suites import suite
from jobs.runtime.batch.dry_run import preview
from jobs.runtime.batch.dry_run import told as sentences
from jobs.runtime.day_ranges import DayRanges
from jobs.runtime.errors import Overtaken, Refused, WeirError
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.ingest.deliveries import KnownFiles, as_file
from jobs.runtime.ingest.files import Reader
from jobs.runtime.ingest.recovery import Recovery
from jobs.runtime.ingest.row_counts import RowCounts
from jobs.runtime.ingest.validated_rows import ValidatedRows
from jobs.runtime.ingest.validation import HOW_TO_READ, how
from jobs.runtime.job import Job
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.maintenance.domains import takers
from jobs.runtime.maintenance.run_guard import recorded
from jobs.runtime.quality import suites
from jobs.runtime.quality.baselines import views
from jobs.runtime.spark.local_frames import View
from jobs.runtime.storage.listing import found_at
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.intake import forgotten, not_refused, refused_rows, without_needless_lines


def replay_rejected(lake: Lake, ledger: Ledger, *, domain: str, dry_run: bool) -> str:
    """Each job of the domain that refuses rows judges those that it has refused."""
    told = [
        (_again if job.changing else _judged_again)(job, rejects, lake, ledger, dry_run)
        for job, rejects in takers(lake, domain)
    ]
    return "\n".join(told) or "there are no tables that are made from files"


def _judged_again(*of: Any) -> str:
    return _Replay(*of).work()


def _again(job: Job, rejects: Table, lake: Lake, ledger: Ledger, dry_run: bool) -> str:
    """What a change means depends on its place in its file: the next run takes the whole file again, which alters nothing else."""
    with recorded(ledger, [] if dry_run else [Entry(rejects, lake.main(rejects))]):
        settling = Recovery.of(job, rejects, lake.main(job.writes), lake, ledger)
        files = settling.decided() if dry_run else settling.settle()
        refused = lake.published(rejects).filter("raw_line IS NOT NULL").select("source_file").distinct().collect()
        paths = sorted(files.taken.keys() & {row.source_file for row in refused})
        if not dry_run:
            settling.record([{**files.taken[path].asDict(), "state": "undone"} for path in paths])
    told = "would be taken again: --dry_run" if dry_run else "are taken again by the next run of their job"
    return f"{rejects.name}: {len(paths):,} files with refused changes {told}"


# A row that came late has nothing to be mended; what is ambiguous is so beside the rest of its file.
_MAY_BE_GOOD = "raw_line IS NOT NULL AND NOT exists(problems, problem -> problem = 'late' OR problem LIKE 'ambiguous%')"
# Files that are read and judged alike: by what, which, and as their runs were told.
_Alike = tuple[Reader, list[str], Mapping[str, Any]]


@dataclass(frozen=True)
class _Replay:
    job: Job
    rejects: Table
    lake: Lake
    ledger: Ledger
    dry_run: bool

    def work(self) -> str:
        for table in self.job.tables:
            self.lake.ensure(table)
        clean, rejected = (Entry(table, self.lake.main(table)) for table in (self.job.writes, self.rejects))
        with recorded(self.ledger, [clean, rejected]):
            settling = Recovery.of(self.job, self.rejects, clean.base, self.lake, self.ledger)
            files = settling.decided() if self.dry_run else settling.settle()
            rejected.base = self.lake.main(self.rejects)
            try:
                told = self._replay(clean, rejected, files)
            except BaseException as error:
                # Rows that may stand in the clean table are owed to the other: the next run finds them on their branch.
                owed = clean.status in ("publishing", "published") and not isinstance(error, Overtaken)
                self._leave([] if clean.status == "refused" else [clean] if owed else [clean, rejected])
                raise
            self._leave([clean, rejected])
            return told

    def _leave(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.lake.drop(entry.table, self.ledger.run_id)

    def _replay(self, clean: Entry, rejected: Entry, files: KnownFiles) -> str:
        job, lake, run_id = self.job, self.lake, self.ledger.run_id
        refused, published = lake.frame(self.rejects, rejected.base), lake.frame(job.writes, clean.base)
        asked = refused.filter(_MAY_BE_GOOD)
        readers, waiting = self._readers(asked, files)
        told = "".join(f"\nwarning: {rows:,} rows of {path} wait: {why}" for path, rows, why in waiting)
        if not readers:
            return f"{self.rejects.name}: nothing to judge again{told}"
        asked = asked.filter(F.col("source_file").isin(*(path for _, paths, _ in readers for path in paths)))
        held = ValidatedRows.of(self._judged(asked, readers), job.writes)
        tally, rows = held.tally, asked.agg(F.count("*")).collect()[0][0]
        if tally.read != rows:
            raise WeirError(
                f"{self.rejects.name} has {rows:,} lines to judge again, {tally.read:,} were read; nothing was changed"
            )
        if not tally.good:
            return f"{self.rejects.name}: {rows:,} rows judged again, all are still refused{told}"
        there = published.filter(DayRanges.of(*((day, day) for day in tally.good_days)).on(job.writes))
        kept = held.kept(there)[0].withColumn(RUN_ID.name, F.lit(run_id))
        clean.staged = lake.stage(
            job.writes, kept.select(*job.writes.names), run_id, base=clean.base, replaces=None, notes={}
        )
        solved = not_refused(asked, refused_rows(held.rows))
        days = DayRanges.of(*((row[0], row[0]) for row in solved.select(RECEIVED_ON.name).distinct().collect()))
        on_days = days.on(self.rejects)
        stays = not_refused(refused.filter(on_days), solved)
        rejected.staged = lake.stage(self.rejects, stays, run_id, base=rejected.base, replaces=on_days, notes={})
        held.release()
        clean.counts = {"kept": clean.staged.rows, "duplicate": tally.good - clean.staged.rows}
        self._check(clean, tally)
        if not self.dry_run:
            self.ledger.record_files(job.writes, self._files(tally, files))
        for entry in (clean, rejected):
            if self.dry_run:
                entry.changes, entry.status = preview(lake, entry, run_id), "previewed"
                told += "".join(f"\n{sentence}" for sentence in sentences(entry.changes))
            else:
                entry.status = "publishing"
                lake.publish(entry.table, run_id)
                entry.status = "published"
        told += "\nnothing was changed: --dry_run" if self.dry_run else ""
        counts = ", ".join(f"{count:,} {kind}" for kind, count in clean.counts.items())
        return f"{self.rejects.name}: {rows:,} rows judged again, {tally.good:,} are good now ({counts}), {rows - tally.good:,} still refused{told}"

    def _readers(self, asked: DataFrame, files: KnownFiles) -> tuple[list[_Alike], list[tuple[str, int, str]]]:
        """The files by how they are to be read and judged, and those that wait since their header is not to be had."""
        by_file = (
            asked.groupBy("source_file", RUN_ID.name).agg(F.count("*").alias("rows")).orderBy("source_file").collect()
        )
        told = self.ledger.told_to({row.run_id for row in by_file})
        waiting, alike = list[tuple[str, int, str]](), dict[str, _Alike]()
        for row in by_file:
            asked_for: Mapping[str, Any] = {name: told[row.run_id].get(name) for name in how(self.job)}
            reader = Reader(self.lake.spark, self.job.reads[0], **{name: asked_for[name] for name in HOW_TO_READ})
            reader, paths, _ = alike.setdefault(repr(asked_for), (reader, [], asked_for))
            there, taken = (
                found_at(row.source_file) if reader.needs_header(row.source_file) else None,
                files.taken.get(row.source_file),
            )
            if reader.needs_header(row.source_file) and (there is None or taken is None or there != as_file(taken)):
                waiting.append(
                    (
                        row.source_file,
                        row.rows,
                        "it is gone, and its header with it" if there is None else "it has changed since it was taken",
                    )
                )
            else:
                paths.append(row.source_file)
        return [group for group in alike.values() if group[1]], waiting

    def _judged(self, asked: DataFrame, readers: Sequence[_Alike]) -> DataFrame:
        """The lines judged by the rules of now, told as their runs were; none is late."""
        lines = asked.select(F.translate("raw_line", "\u2400", "\0").alias("line"), "source_file")
        beside = {table.stem: self.lake.published(table) for table in self.job.reads[1:]}
        of_now = {**beside, "clock": self.ledger.clock, "published": self.lake.frame(self.job.writes, None)}

        def judged(reader: Reader, paths: Sequence[str], told: Mapping[str, Any]) -> DataFrame:
            given = {name: value for name, value in {**told, **of_now}.items() if name in self.job.takes}
            rows: DataFrame = self.job.build(reader.lines(lines, paths), **given)
            return rows

        rows = reduce(DataFrame.unionByName, [judged(*group) for group in readers])
        return forgotten(without_needless_lines(rows), self.job.writes.person, self.ledger.forgotten(self.job.writes))

    def _check(self, clean: Entry, tally: RowCounts) -> None:
        """Raises Refused where the suite does not hold of the rows that come. The others only lose rows that it held before."""
        counted = {"read": tally.good, "rejected": 0, "late": 0, "duplicate": clean.counts["duplicate"]}
        staged, beside = clean.staged or Staged(0, 0), views(self.lake, self.ledger, clean, counted, [])
        rows = View(self.lake.slice(clean.table, self.ledger.run_id), is_few=staged.is_few)
        outcomes = suites.check(clean.table, suite(clean.table), rows, staged.rows, beside)
        clean.judge(outcomes, self.ledger.kept(clean.table))
        if clean.message:
            raise Refused(f"{clean.table.name} {clean.message}")

    def _files(self, tally: RowCounts, files: KnownFiles) -> list[dict[str, Any]]:
        """The taken files of the rows, with their days and duplicates as they are at most when the rows are published."""
        changed = []
        for path, row in ((path, row) for path, row in files.taken.items() if tally.of(path).good):
            days = [day for day in (row.first_day, row.last_day) if day] + tally.of(path).good_days
            duplicates = None if row.duplicates is None else row.duplicates + tally.of(path).good
            changed.append(
                {
                    **row.asDict(),
                    "state": "taken",
                    "first_day": min(days),
                    "last_day": max(days),
                    "duplicates": duplicates,
                }
            )
        return changed
