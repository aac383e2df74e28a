"""Validate delivered rows with the transform of a job, and check the files that have to be read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, Row

from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ingest.file_plan import FilePlan, as_file
from jobs.runtime.ingest.file_readers import Reader, ReadResult
from jobs.runtime.ingest.retraction import Retraction
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.spark.small_frames import local_frame
from jobs.runtime.storage.listing import File, find_file
from schemas.table import MALFORMED, RAW_LINE, SOURCE_FILE
from transforms.validated_rows import drop_unneeded_lines, mark_forgotten, with_key_in, without_rejected

READ_OPTIONS = ("columns", "delimiter", "no_header", "multi_line")


def row_options(job: Job) -> list[str]:
    """The names of the options that determine how the job reads and validates its files."""
    return [*READ_OPTIONS, *(parameter.name for parameter in job.parameters)]


@dataclass(frozen=True)
class Validation:
    """Reads files and validates their rows by the rules of a job."""

    job: Job
    lake: Lake
    values: Mapping[str, Any]
    options: Mapping[str, Any]
    ledger: Ledger

    def validate(
        self, plan: FilePlan, reread: Sequence[Row], retraction: Retraction, rejected: DataFrame
    ) -> tuple[DataFrame, list[str]]:
        """The validated rows of all delivered files, and warnings.

        Of the files in `reread`, only the rows that equal a row removed by the retraction are returned. Only rows of
        files delivered for the first time can be late: corrections never are, and reread rows were checked when they
        were first read.
        """
        no_rows = self.lake.frame(self.job.writes, None)
        frames, warnings = list[DataFrame](), list[str]()
        for files, published in ((plan.fresh, retraction.frame), (plan.corrected, no_rows)):
            if not files:
                continue
            try:
                result = replace(self._reader(self.values), drift=self.values["drift"]).read(files)
            except NoRows:
                if len(files) == len(plan.delivered) and not plan.retracted:
                    raise
                result = ReadResult(self._no_raw_rows(), [])
            frames.append(self._build(result.rows, published))
            warnings += result.warnings
        for files, parameters in self._group_by_options(reread):
            options = {
                **self.options,
                **{
                    name: parameters[name]
                    for name in row_options(self.job)
                    if name in self.options and name in parameters
                },
            }
            # Validate the whole file: the content of some rows may determine how others are read.
            validated = self._build(self._reader(parameters).read(files).rows, no_rows, options, exclude=rejected)
            frames.append(with_key_in(validated, retraction.removed, self.job.writes.key))
        return reduce(DataFrame.unionByName, frames or [self._build(self._no_raw_rows(), no_rows)]), warnings

    def _reader(self, parameters: Mapping[str, Any]) -> Reader:
        return Reader(self.lake.spark, self.job.reads[0], *(parameters[name] for name in READ_OPTIONS))

    def _no_raw_rows(self) -> DataFrame:
        raw = self.job.reads[0]
        return local_frame(self.lake.spark, replace(raw, columns=(*raw.columns, SOURCE_FILE, RAW_LINE, MALFORMED)), [])

    def _build(
        self,
        rows: DataFrame,
        published: DataFrame,
        options: Mapping[str, Any] | None = None,
        exclude: DataFrame | None = None,
    ) -> DataFrame:
        """The validated rows, without those whose line is in `exclude`."""
        table = self.job.writes
        inputs = {"published": published} if "published" in self.job.arguments else {}
        validated = self.job.build(rows, **inputs, **(options or self.options))
        selected = validated if exclude is None else without_rejected(validated, exclude)
        return mark_forgotten(drop_unneeded_lines(selected), table.persons, self.ledger.forgotten_hashes(table))

    def _group_by_options(self, reread: Sequence[Row]) -> list[tuple[list[File], Mapping[str, Any]]]:
        """The files, grouped by the options of the runs that took them, with the parameters of one such run."""
        parameters = self.ledger.required_parameters({row.run_id for row in reread})
        groups: dict[str, list[Row]] = {}
        for row in reread:
            options = [parameters[row.run_id].get(name) for name in row_options(self.job)]
            groups.setdefault(repr(options), []).append(row)
        return [([as_file(row) for row in rows], parameters[rows[0].run_id]) for rows in groups.values()]


def unchanged_files(reread: Sequence[Row], plan: FilePlan) -> list[File]:
    """The files to read again. Raises BadInput if one is gone or has changed since it was taken."""
    for row in reread:
        current = find_file(row.path)
        reason = f"it has to be read again for rows that were dropped as duplicates of {plan.retracted[0]}"
        if current is None:
            raise BadInput(f"{row.path} is gone, and {reason}; restore the file, or withdraw it too")
        if current != as_file(row):
            raise BadInput(
                f"{row.path} was taken before and has changed since, and {reason}; "
                "deliver it too, or restore its earlier content"
            )
    return [as_file(row) for row in reread]
