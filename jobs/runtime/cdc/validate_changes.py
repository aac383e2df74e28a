"""Read and validate new change files: returns the source with its evolved schema, and the validated changes."""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.cdc.applied_position import (
    control_fields,
    last_place,
    newest_change,
    retention_horizon,
    source_tables,
)
from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.cdc.change_file_reader import READ_OPTIONS, ChangeReader
from jobs.runtime.cdc.change_metrics import count_by_file, is_before_horizon, is_before_image
from jobs.runtime.cdc.detect_control_columns import kept_fields, unmatched_names
from jobs.runtime.cdc.file_warnings import tombstone_warnings, unused_times
from jobs.runtime.cdc.log_epoch import LogEpoch, epoch_of_run, with_start
from jobs.runtime.cdc.old_key_fields import assumed_old_keys, old_key_warnings, refuse_inserts
from jobs.runtime.cdc.ordering_checks import (
    full_load_warnings,
    refuse_files_without_sequence,
    refuse_files_without_time,
    refuse_other_log,
    refuse_unnamed_operations,
)
from jobs.runtime.cdc.schema_evolution import evolve_schema, with_lake_columns
from jobs.runtime.cdc.source_table_check import refuse_two_tables, tables_of_events
from jobs.runtime.ingest.file_plan import FilePlan
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.spark.small_frames import cut_lineage
from schemas.cdc_columns import FEED_FIRST_SEQ, SEQ
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS
from schemas.cdc_source import BY_TIME, CdcSource
from transforms.change_data.change_outcomes import RetentionHorizon
from transforms.change_data.epochs import with_epoch
from transforms.change_data.log_restarts import is_earlier_in_binlog, is_of_other_log
from transforms.change_data.parse_changes import reject_empty_ops, reject_future
from transforms.validated_rows import mark_forgotten

# A commit time further ahead of our clock is wrong, and would make later changes look too old.
_CLOCK_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True)
class ValidatedChanges:
    """The changes of new files.

    `rows` are the delivered changes with their problems, None if all files are empty; `counts` has a row per file.
    `control_fields` are the fields that had the control columns in these or earlier files, `source_tables` the names of
    the tables of the source in these or earlier events, `assumed_old_keys` see there.
    """

    source: CdcSource
    rows: DataFrame | None
    counts: Mapping[str, Row]
    epoch: LogEpoch
    control_fields: Mapping[str, Sequence[str]]
    control_records: int
    warnings: Sequence[str]
    source_tables: Collection[str] = ()
    assumed_old_keys: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)

    def has(self, flag: str) -> bool:
        """Whether a file has the flag of count_by_file."""
        return any(row[flag] for row in self.counts.values())


def validate_changes(
    inputs: InputFiles,
    declared: CdcSource,
    plan: FilePlan,
    taken: Iterable[str],
    options: Mapping[str, Any],
    cache: Callable[[DataFrame], DataFrame],
) -> ValidatedChanges:
    """`taken` are the paths of earlier files. Raises BadInput if files do not fit, or changes cannot be ordered."""
    lake, values = inputs.lake, inputs.values
    columns = lake.column_types(declared.current)
    present = with_lake_columns(declared, columns)
    kept = control_fields(lake, present, inputs.base)
    reader = _reader(inputs, declared, present, kept)
    change_files = reader.inspect(plan.delivered)
    tables = _source_tables(inputs, present, change_files, taken)
    ordered = _with_default_sequence(present, change_files, is_new=not columns)
    source, warnings = evolve_schema(ordered, change_files, values["drift"], lake_types=columns)
    fields, renamed = kept_fields(kept, change_files)
    assumed = assumed_old_keys(change_files, reader.columns)
    warnings += [*renamed, *old_key_warnings(assumed), *tombstone_warnings(change_files)]
    epoch = epoch_of_run(inputs, source, change_files)
    control_records = sum(file.control_records for file in change_files)
    if not change_files:
        return ValidatedChanges(source, None, {}, epoch, fields, control_records, warnings)
    horizon = retention_horizon(lake, source, inputs.base, inputs.ledger.clock)
    raw = _raw_changes(replace(reader, source=source), change_files, values, is_new=not columns)
    warnings += unused_times(change_files, kept) if values["snapshot"] else []
    built: DataFrame = inputs.job.build(raw, source=source, **options)
    rows = cache(cut_lineage(_validate(built, source, inputs, epoch, horizon)))
    counted = count_by_file(rows, horizon, *_other_log_flags(inputs, source))
    counts, rows = {row.source_file: row for row in counted if row.rows}, rows.filter(~is_before_image())
    control_records += sum(row.before_images for row in counted)
    named = {*declared.payload, *reader.columns}
    warnings += _check_files(change_files, counts, rows, source, named, values, is_first=not columns)
    refuse_other_log(counts.values(), epoch.number)
    epoch = with_start(epoch, inputs, source, rows)
    found = any(row.has_placeholder for row in counts.values())
    source = replace(source, has_placeholders=source.has_placeholders or found)
    return ValidatedChanges(source, rows, counts, epoch, fields, control_records, warnings, tables, assumed)


def _reader(
    inputs: InputFiles, declared: CdcSource, present: CdcSource, kept: Mapping[str, Sequence[str]]
) -> ChangeReader:
    read_options = {name: declared.reading.get(name, inputs.values[name]) for name in READ_OPTIONS}
    return ChangeReader(inputs.lake.spark, present, **read_options, kept_fields=kept)


def _source_tables(
    inputs: InputFiles, source: CdcSource, change_files: Sequence[ChangeFile], taken: Iterable[str]
) -> Collection[str]:
    """The tables of the source that these and earlier events name. Raises BadInput if they are not to be merged."""
    known = source_tables(inputs.lake, source, inputs.base)
    if not inputs.values["merge_tables"]:
        refuse_two_tables(change_files, source, known, taken)
    return {*known, *tables_of_events(change_files)}


def _check_files(
    change_files: Sequence[ChangeFile],
    counts: Mapping[str, Row],
    rows: DataFrame,
    source: CdcSource,
    named: Collection[str],
    values: Mapping[str, Any],
    *,
    is_first: bool,
) -> list[str]:
    """Return warnings about names in --columns and rows without an operation.

    Columns in `named` were declared by an option, and have no operations. Raises BadInput if the changes of a file
    cannot be ordered.
    """
    unmatched = unmatched_names(change_files, values["columns"] or {})
    refuse_files_without_time(change_files, counts, source, is_first=is_first, hints=unmatched)
    refuse_files_without_sequence(change_files, counts, source)
    refuse_inserts(change_files, counts)
    # With --load_ts, such rows are a full load.
    warnings = [] if values["load_ts"] else full_load_warnings(change_files, counts, is_first=is_first)
    if warnings:
        refuse_unnamed_operations(rows, source, named, change_files)
    return [*unmatched, *warnings]


def _raw_changes(
    reader: ChangeReader, change_files: Sequence[ChangeFile], values: Mapping[str, Any], *, is_new: bool
) -> DataFrame:
    """The rows of the files. Those of a full extract are of its time, whatever they say.

    After the first run, rows without an operation are a full load only where an option or the name of the file says so.
    """
    raw, source = reader.read(change_files), reader.source
    if values["snapshot"] and source.has_commit_ts:
        raw = raw.withColumn(COMMIT_TS.name, F.lit(None).cast("string"))
    is_load = is_new or values["load_ts"] or source.ops.get("") != "L"
    return raw if is_load else reject_empty_ops(raw)


def _validate(
    changes: DataFrame, source: CdcSource, inputs: InputFiles, epoch: LogEpoch, horizon: RetentionHorizon
) -> DataFrame:
    in_epoch = with_epoch(changes, epoch.number, epoch.starts, epoch.servers)
    timely = reject_future(in_epoch, inputs.ledger.clock + _CLOCK_TOLERANCE)
    validated = mark_forgotten(timely, source.current.persons, inputs.ledger.forgotten_hashes(source.current))
    # Only changes that are or may be rejected need the line, which for Parquet has to be rendered.
    line = F.when((F.size("problems") > 0) | is_before_horizon(horizon), F.col("raw_line"))
    return validated.withColumn("raw_line", line)


def _other_log_flags(inputs: InputFiles, source: CdcSource) -> tuple[Column, Column]:
    """Whether a change is from another log of the source than earlier changes, and is_earlier_in_binlog.

    False where changes are ordered by time first, or no earlier change has a place.
    """
    place = last_place(inputs.lake, source, inputs.base)
    newest = newest_change(inputs.lake, source, inputs.base)
    if source.seq != FEED_FIRST_SEQ or place is None or newest is None:
        return F.lit(False), F.lit(False)
    seq = F.col(SEQ.name)
    return is_of_other_log(seq, F.col("_op"), place, newest), is_earlier_in_binlog(seq, place, newest)


def _with_default_sequence(source: CdcSource, change_files: Sequence[ChangeFile], *, is_new: bool) -> CdcSource:
    """Order a new table by log position first if every event has one and --sequence does not say otherwise.

    Clocks of sources go back, and some have a resolution of seconds.
    """
    if is_new and source.sequence == BY_TIME and change_files and all(file.is_placed for file in change_files):
        return replace(source, sequence=(CHANGE_SEQ.name, COMMIT_TS.name))
    return source
