"""New files into a clean table: each row kept, refused, late or there already, and counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.job import Job
from jobs.runtime.lake import Lake, Staged
from jobs.runtime.ledger import Ledger
from jobs.sources import files
from jobs.sources.places import File, list_files
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.intake import good_rows, on_days, refused_rows, tallied, unpublished


@dataclass(frozen=True)
class Tally:
    """How many rows of the input are of which kind, by file, UTC day, problems and remarks."""

    rows: Sequence[Row]

    @cached_property
    def _by_file(self) -> dict[str, list[Row]]:
        by_file: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            by_file[row.source_file].append(row)
        return by_file

    def of(self, path: str) -> "Tally":
        return Tally(self._by_file.get(path, []))

    @property
    def read(self) -> int:
        return sum(row.rows for row in self.rows)

    @property
    def late(self) -> int:
        return sum(row.rows for row in self.rows if row.problems == ["late"])

    @property
    def good(self) -> int:
        return sum(row.rows for row in self.rows if not row.problems)

    @property
    def rejected(self) -> int:
        return self.read - self.good - self.late

    @property
    def good_days(self) -> list[date]:
        return sorted({row.day for row in self.rows if not row.problems})

    @property
    def problems(self) -> Counter[str]:
        return _added((problem, row.rows) for row in self.rows for problem in row.problems)

    @property
    def remarks(self) -> Counter[str]:
        return _added((remark, row.rows) for row in self.rows if not row.problems for remark in row.remarks)


@dataclass(frozen=True)
class Taken:
    """What a run staged from its new files."""

    kept: Staged
    refused: Staged
    tally: Tally
    files: list[dict[str, Any]]
    warnings: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """read = kept + rejected + duplicate + late."""
        tally, kept = self.tally, self.kept.rows
        return {"read": tally.read, "kept": kept, "rejected": tally.rejected, "duplicate": tally.good - kept, "late": tally.late, "replaced": 0}

    def too_many_rejected(self, allowed: float) -> str | None:
        """Why the run is refused, when more than the `allowed` share of its rows was rejected."""
        share = self.tally.rejected / self.tally.read
        if share <= allowed:
            return None
        reasons = ", ".join(f"{rows:,} {problem}" for problem, rows in self.tally.problems.most_common(3))
        return f"rejected {share:.1%} of the rows, more than --max_rejected_share {allowed} ({reasons})"


@dataclass(frozen=True)
class Intake:
    """New files of the input into the table of a job, on top of main as it was at `base`."""

    job: Job
    rejects: Table
    base: int | None
    values: Mapping[str, Any]
    lake: Lake
    ledger: Ledger

    def take(self, options: Mapping[str, Any]) -> Taken | str:
        """Stage the rows of files that are not taken yet, and their refusals; or say why there is nothing to stage.

        Raises NoRows where the input holds none and has to, BadInput where a taken file changed or one cannot be read.
        """
        known = self.settle()
        try:
            found, passed_over = list_files(self.values["input"])
            changed = [file.path for file in found if known.get(file.path, file) != file]
            if changed:
                raise BadInput(f"{changed[0]} was taken before and has changed since; deliver the change under a new name, or put the file back as it was")
            new = [file for file in found if file.path not in known]
            warnings = [f"{path} is hidden, unfinished or a linked folder and was not read" for path in passed_over]
            return self._stage(new, options, warnings) if new else "nothing new: every file is taken"
        except NoRows as error:
            if self.values["allow_empty"]:
                return f"nothing new: {error.args[0]}"
            raise
        except (PySparkException, Py4JJavaError) as error:
            raise files.damaged(new, error) or error from error

    def settle(self) -> dict[str, File]:
        """The files that are in the table, by path; what a run that died left open is decided first.

        Main decides: a file whose run main names is taken, whatever the ledger says of it. The refused rows of such a
        run are published too, where it did not come so far.
        """
        by_path: dict[str, list[Row]] = defaultdict(list)
        for row in self.ledger.files(self.job.writes):
            by_path[row.path].append(row)
        published = {notes.get("run_id") for notes in self.lake.history(self.job.writes, self.base)}
        taken = {path: row for path, rows in by_path.items() for row in rows if row.state == "taken" or row.run_id in published}
        unrecorded = [row for row in taken.values() if row.state != "taken"]
        for run_id in sorted({row.run_id for row in unrecorded}):
            if self.lake.has_branch(self.rejects, run_id):
                self.lake.publish(self.rejects, run_id)
        dead = [rows[-1] for path, rows in by_path.items() if path not in taken and rows[-1].state == "staging"]
        for state, rows in (("taken", unrecorded), ("void", dead)):
            if rows:
                self.ledger.record_files(self.job.writes, state, [row.asDict() for row in rows])
        return {path: File(path, row.bytes, row.version) for path, row in taken.items()}

    def _stage(self, new: Sequence[File], options: Mapping[str, Any], warnings: list[str]) -> Taken:
        job, rejects, values, lake = self.job, self.rejects, self.values, self.lake
        reading = files.Reader(lake.spark, job.reads[0], values["columns"], values["delimiter"], values["no_header"], values["multi_line"]).read(new)
        published = lake.frame(job.writes, self.base)
        # Parsed once for the three that ask: a filter that is pushed down would parse a line again for each of its fields.
        judged = job.build(reading.rows, published, **options).persist(StorageLevel.MEMORY_AND_DISK)
        tally = Tally(tallied(judged, job.writes.time).collect())
        if not tally.rows:
            raise NoRows(f"--input {values['input']}: no rows in {len(new)} files, such as {new[0].path}")
        described = [_described(file, tally.of(file.path)) for file in new]
        self.ledger.record_files(job.writes, "staging", described)
        good = unpublished(good_rows(judged, job.writes.key), published.filter(on_days(job.writes.time, tally.good_days)), job.writes.key)
        kept = self._staged(job.writes, good, self.base)
        refused = self._staged(rejects, refused_rows(judged), lake.main(rejects))
        judged.unpersist()
        if refused.rows != tally.read - tally.good or kept.rows > tally.good:
            raise BadInput(f"--input {values['input']} changed while it was read; nothing was taken, run again")
        by_file = lake.slice(job.writes, self.ledger.run_id).groupBy("source_file").agg(F.count("*").alias("kept")).collect()
        kept_of = {row.source_file: row.kept for row in by_file}
        with_duplicates = [{**file, "duplicates": tally.of(file["path"]).good - kept_of.get(file["path"], 0)} for file in described]
        return Taken(kept, refused, tally, with_duplicates, warnings + reading.warnings)

    def _staged(self, table: Table, rows: DataFrame, base: int | None) -> Staged:
        of_run = {RUN_ID.name: F.lit(self.ledger.run_id), RECEIVED_ON.name: F.lit(self.ledger.clock.date())}
        return self.lake.stage(table, rows.withColumns(of_run).select(*table.names), self.ledger.run_id, base=base, replaces=None, notes={})


def _described(file: File, tally: Tally) -> dict[str, Any]:
    days = tally.good_days
    first, last = (days[0], days[-1]) if days else (None, None)
    return {"path": file.path, "bytes": file.bytes, "version": file.version, "rows": tally.read, "first_day": first, "last_day": last}


def _added(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name, rows in pairs:
        total[name] += rows
    return total
