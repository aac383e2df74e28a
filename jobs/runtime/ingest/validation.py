"""Validate delivered rows by the transform of a job, and decide which files have to be read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, Row

from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.ingest.deliveries import FilePlan, as_file
from jobs.runtime.ingest.files import Reader, Reading
from jobs.runtime.ingest.retraction import Retraction
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.spark.frames import local_frame
from jobs.runtime.storage.listing import File, found_at
from schemas.table import MALFORMED, RAW_LINE, SOURCE_FILE
from transforms.intake import equal_to_some, forgotten, not_refused, without_needless_lines

HOW_TO_READ = ("columns", "delimiter", "no_header", "multi_line")


def how(job: Job) -> list[str]:
    """What a run is told that says how its files are read and judged."""
    return [*HOW_TO_READ, *(parameter.name for parameter in job.parameters)]


@dataclass(frozen=True)
class Validation:
    """The judged rows of files, by the rules of a job."""

    job: Job
    lake: Lake
    values: Mapping[str, Any]
    options: Mapping[str, Any]
    ledger: Ledger

    def judged(
        self, plan: FilePlan, again: Sequence[Row], leaving: Retraction, rejected: DataFrame
    ) -> tuple[DataFrame, list[str]]:
        """Every row that is delivered, and of the files that are read `again` each that equals one that leaves; and warnings.

        Only of a file that comes first a row can be late: a correction is not, and what is read again was judged then.
        """
        at_first = self.lake.frame(self.job.writes, None)
        frames, warnings = list[DataFrame](), list[str]()
        for files, published in ((plan.fresh, leaving.frame), (plan.corrected, at_first)):
            if not files:
                continue
            try:
                reading = replace(self._reader(self.values), drift=self.values["drift"]).read(files)
            except NoRows:
                if len(files) == len(plan.delivered) and not plan.gone:
                    raise
                reading = Reading(self._no_rows(), [])
            frames.append(self._build(reading.rows, published))
            warnings += reading.warnings
        for files, told in self._alike(again):
            then = {
                **self.options,
                **{name: told[name] for name in how(self.job) if name in self.options and name in told},
            }
            # A file is judged whole: what some rows say may tell how others are read.
            judged = self._build(self._reader(told).read(files).rows, at_first, then, but_for=rejected)
            frames.append(equal_to_some(judged, leaving.goes, self.job.writes.key))
        return reduce(DataFrame.unionByName, frames or [self._build(self._no_rows(), at_first)]), warnings

    def _reader(self, told: Mapping[str, Any]) -> Reader:
        return Reader(self.lake.spark, self.job.reads[0], *(told[name] for name in HOW_TO_READ))

    def _no_rows(self) -> DataFrame:
        raw = self.job.reads[0]
        return local_frame(self.lake.spark, replace(raw, columns=(*raw.columns, SOURCE_FILE, RAW_LINE, MALFORMED)), [])

    def _build(
        self,
        rows: DataFrame,
        published: DataFrame,
        options: Mapping[str, Any] | None = None,
        but_for: DataFrame | None = None,
    ) -> DataFrame:
        table = self.job.writes
        given = {"published": published} if "published" in self.job.takes else {}
        judged = self.job.build(rows, **given, **(options or self.options))
        asked = judged if but_for is None else not_refused(judged, but_for)
        return forgotten(without_needless_lines(asked), table.person, self.ledger.forgotten(table))

    def _alike(self, again: Sequence[Row]) -> list[tuple[list[File], Mapping[str, Any]]]:
        """The files with what was told to the run that took them, together if that was the same."""
        told = self.ledger.told_to({row.run_id for row in again})
        alike: dict[str, list[Row]] = {}
        for row in again:
            alike.setdefault(repr([told[row.run_id].get(name) for name in how(self.job)]), []).append(row)
        return [([as_file(row) for row in rows], told[rows[0].run_id]) for rows in alike.values()]


def sources(again: Sequence[Row], plan: FilePlan) -> list[File]:
    """The files to read again, as they were. Raises BadInput where one is no longer so."""
    for row in again:
        there, why = (
            found_at(row.path),
            f"it has to be read again for rows that were dropped as duplicates of {plan.gone[0]}",
        )
        if there is None:
            raise BadInput(f"{row.path} is gone, and {why}; put it back as it was, or withdraw it too")
        if there != as_file(row):
            raise BadInput(
                f"{row.path} was taken before and has changed since, and {why}; deliver it too, or put it back as it was"
            )
    return [as_file(row) for row in again]
