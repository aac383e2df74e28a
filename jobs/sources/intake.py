"""New files into a clean table: each row kept, refused, late or there already, and counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.job import Job
from jobs.runtime.lake import Lake, Staged
from jobs.runtime.ledger import Ledger
from jobs.sources import files
from schemas.table import RECEIVED_ON, RUN_ID
from transforms.intake import good_rows, on_days, refused_rows, tallied, unpublished


@dataclass(frozen=True)
class Tally:
    """How many rows of the input are of which kind, by file, UTC day, problems and remarks."""

    rows: Sequence[Row]

    def of(self, path: str) -> "Tally":
        return Tally([row for row in self.rows if row.source_file == path])

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
        return sum((Counter({problem: row.rows}) for row in self.rows for problem in row.problems), Counter())

    @property
    def remarks(self) -> Counter[str]:
        return sum((Counter({remark: row.rows}) for row in self.rows if not row.problems for remark in row.remarks), Counter())


@dataclass(frozen=True)
class Taken:
    """What a run staged from its new files; `counts` holds read = kept + rejected + duplicate + late."""

    kept: Staged
    refused: Staged
    tally: Tally
    files: list[dict[str, Any]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        tally = self.tally
        return {"read": tally.read, "kept": self.kept.rows, "rejected": tally.rejected, "duplicate": tally.good - self.kept.rows, "late": tally.late}


def new_files(location: str, taken: Mapping[str, files.File]) -> tuple[list[files.File], list[str]]:
    """The files that are not taken yet, and warnings. Raises BadInput for a taken one that changed since."""
    found, passed_over = files.list_files(location)
    for file in found:
        if file.path in taken and taken[file.path] != file:
            raise BadInput(f"{file.path} was taken before and has changed since; deliver the change under a new name, or put the file back as it was")
    return [file for file in found if file.path not in taken], [f"{path} is hidden or unfinished and was not read" for path in passed_over]


def take(job: Job, new: Sequence[files.File], rows: DataFrame, options: Mapping[str, Any], lake: Lake, ledger: Ledger) -> Taken:
    """Stage the rows of the `new` files and their refusals on the branches of the run. Raises NoRows where there is no row."""
    assert job.rejects  # a job that reads files has a place for refused rows
    main = lake.main(job.writes)
    published = lake.frame(job.writes, main)
    judged = job.build(rows, published, **options)
    tally = Tally(tallied(judged, job.writes.time).collect())
    if not tally.rows:
        raise NoRows(f"no rows in {len(new)} files, such as {new[0].path}")
    described = [_described(file, tally.of(file.path)) for file in new]
    ledger.record_files(job.writes, "staging", described)

    good = good_rows(judged, job.writes.key)
    if main is not None:
        good = unpublished(good, published.filter(on_days(job.writes.time, tally.good_days)), job.writes.key)
    refused = refused_rows(judged) if tally.read > tally.good else refused_rows(judged.limit(0))
    of_run = {RUN_ID.name: F.lit(ledger.run_id), RECEIVED_ON.name: F.lit(ledger.clock.date())}
    staged = [
        lake.stage(table, frame.withColumns(of_run).select(*table.names), ledger.run_id, replaces=False, notes={})
        for table, frame in ((job.writes, good), (job.rejects, refused))
    ]
    taken = Taken(*staged, tally)
    if taken.refused.rows != tally.read - tally.good or taken.counts["duplicate"] < 0:
        raise BadInput(f"the input changed while it was read: {tally} became {taken.counts}; nothing was taken, run again")
    kept_of = dict(lake.slice(job.writes, ledger.run_id).groupBy("source_file").agg(F.count("*")).collect())
    for file in described:
        taken.files.append({**file, "duplicates": tally.of(file["path"]).good - kept_of.get(file["path"], 0)})
    return taken


def _described(file: files.File, tally: Tally) -> dict[str, Any]:
    days = tally.good_days
    first, last = (days[0], days[-1]) if days else (None, None)
    return {"path": file.path, "bytes": file.bytes, "version": file.version, "rows": tally.read, "first_day": first, "last_day": last}
