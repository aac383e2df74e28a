"""Apply change files to the tables of a source: merge the validated changes, count them and stage the tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.cdc.applied_position import (
    last_epoch,
    last_place,
    newest_change,
    position_properties,
    retention_horizon,
)
from jobs.runtime.cdc.apply_result import StagedChanges
from jobs.runtime.cdc.change_metrics import count_changes, count_row_changes
from jobs.runtime.cdc.old_key_fields import refuse_key_changes
from jobs.runtime.cdc.ordering_checks import (
    first_row,
    refuse_ambiguous,
    refuse_corrected_extract,
    refuse_earlier_places,
    refuse_unordered_files,
)
from jobs.runtime.cdc.stage_tables import stage_tables
from jobs.runtime.cdc.validate_changes import ValidatedChanges, validate_changes
from jobs.runtime.errors import BadArgument, BadInput, NoRows
from jobs.runtime.ingest import file_readers
from jobs.runtime.ingest.file_plan import FilePlan, KnownFiles
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.spark.small_frames import cut_lineage
from jobs.runtime.spark.threads import in_parallel
from jobs.runtime.storage.listing import File
from jobs.runtime.wording import count
from schemas.cdc_columns import INCOMPLETE
from schemas.cdc_source import CdcSource
from transforms.change_data.apply_changes import AppliedChanges, CdcTables, apply_changes
from transforms.change_data.change_order import snapshot_seq
from transforms.change_data.change_outcomes import RetentionHorizon
from transforms.change_data.conflicting_changes import ambiguous_changes, contradicting_changes
from transforms.change_data.current_rows import missing_from_corrected, missing_from_extract

_ON_EPOCH = "; to give them another epoch, go back to before their run with lake.restore, and ingest them again"


@dataclass(frozen=True)
class ChangeFileApplier:
    """Applies the change files of the input to the tables of a job."""

    inputs: InputFiles
    declared: CdcSource

    def apply(self, options: Mapping[str, Any]) -> StagedChanges | str:
        """Stage the tables with the changes of new files; or return why there is nothing to stage.

        Raises BadInput if a file cannot be read, its columns do not fit, or the last change of a row is ambiguous.
        """
        values = self.inputs.values
        if values["withdraw"]:
            raise BadInput(
                "--withdraw: applied changes cannot be withdrawn by file; lake.restore goes back to before a run"
            )
        if values["snapshot"] and not values["load_ts"]:
            raise BadArgument("--snapshot needs --load_ts: the time of the extract, with its UTC offset")
        known, reading = self.inputs.recover(), list[File]()
        try:
            plan = self.inputs.plan(known)
            reading += plan.delivered
            if not reading:
                self.inputs.recovery.record(known.pending_states)
                return f"nothing new: every file is already taken{_ON_EPOCH if values['epoch'] is not None else ''}"
            return self._apply(plan, options, known)
        except NoRows as error:
            if values["allow_empty"]:
                return f"nothing new: {error.args[0]}"
            raise
        except AnalysisException:  # an error in our own queries, whose plans name the files
            raise
        except (PySparkException, Py4JJavaError) as error:
            raise file_readers.find_damaged_file(reading, error) or error from error

    def _apply(self, plan: FilePlan, options: Mapping[str, Any], known: KnownFiles) -> StagedChanges | str:
        taken = {path: row.bytes for path, row in known.taken.items()}
        refuse_unordered_files(self.inputs.lake.spark, plan.delivered, taken, self.declared)
        changes = validate_changes(self.inputs, self.declared, plan, taken, options, self._cache)
        described = [
            {
                "path": file.path,
                "bytes": file.bytes,
                "version": file.version,
                "rows": changes.counts[file.path].rows if file.path in changes.counts else 0,
            }
            for file in plan.delivered
        ]
        if changes.rows is None or not changes.counts:
            # No table gets a snapshot of this run, so recovery could not tell that the files are taken.
            states = [] if self.inputs.values["dry_run"] else [{**file, "state": "taken"} for file in described]
            self.inputs.recovery.record([*known.pending_states, *states])
            return f"nothing new: no changes in {count(len(described), 'file')}, such as {described[0]['path']}"
        self.inputs.recovery.record([*known.pending_states, *({**file, "state": "staging"} for file in described)])
        for table in changes.source.tables:
            self.inputs.lake.ensure(table)
        staged = self._stage(changes, changes.rows)
        if changed := self.inputs.changed_files(plan.delivered):
            raise BadInput(f"{changed[0]} changed while it was read; no file was taken; run again")
        skipped = [f"{path} is hidden, unfinished or a linked folder and was not read" for path in plan.skipped]
        return replace(
            staged,
            delivered=described,
            control_records=changes.control_records,
            warnings=[*skipped, *changes.warnings, *staged.advice],
        )

    def _stage(self, changes: ValidatedChanges, validated: DataFrame) -> StagedChanges:
        """Apply the changes and stage the tables. Raises BadInput if the last change of a row is ambiguous."""
        lake, source, base = self.inputs.lake, changes.source, self.inputs.base
        if self.inputs.values["snapshot"]:
            validated = self._cache(validated.unionByName(self._missing_rows(validated, source)))
        applied = self._apply_valid(changes, validated)
        _, with_derived = in_parallel(
            lake.spark,
            lambda: refuse_ambiguous(ambiguous_changes(validated.filter(F.size("problems") == 0), source), source),
            lambda: count_changes(validated, applied.compared),
        )
        balance, incomplete = _balance(applied, source, with_derived)
        counted = [row for row in with_derived if not row.is_derived]
        if any(row.outcome in ("replayed", "stale") for row in counted):
            refuse_ambiguous(contradicting_changes(applied.compared, *self._tables(source), source), source)
        refuse_earlier_places(counted, changes.epoch.number)
        refuse_key_changes(changes.assumed_old_keys, counted, applied.compared, self._tables(source)[2], source)
        # Changes of a log that began unnoticed may be newer than those of the log that is followed, and late.
        taken = (row for row in counted if row.outcome != "stale")
        moments = [
            newest_change(lake, source, base),
            *(datetime.fromisoformat(row.newest).replace(tzinfo=UTC) for row in taken if row.newest),
        ]
        newest = max((moment for moment in moments if moment), default=None)
        places = [last_place(lake, source, base), *(row.place for row in counted)]
        epoch = max(changes.epoch.number, last_epoch(lake, source, base))
        place = max(filter(None, places), default=None)
        properties = position_properties(
            newest,
            place,
            epoch,
            changes.epoch.starts,
            changes.control_fields,
            changes.source_tables,
            changes.epoch.known_servers,
        )
        staged = stage_tables(self.inputs, applied, validated, source, properties, counted)
        for frame in self._cached:
            frame.unpersist()
        return StagedChanges(staged, source.tables, counted, [], balance, newest, incomplete)

    def _missing_rows(self, validated: DataFrame, source: CdcSource) -> DataFrame:
        """What a full extract tells of rows that it lacks, or that were rejected, see missing_from_extract.

        Raises BadInput if it is not a readable full load.
        """
        if (extract_seq := snapshot_seq(source, self.inputs.values["load_ts"])) is None:
            raise BadInput(
                f"--snapshot: the changes of {source.name} are not ordered by time first, "
                "so changes after the extract cannot be told apart; no file was taken: rows of an ad-hoc snapshot of "
                "Debezium have positions, in tables that are ordered by them"
            )
        no_key = " OR ".join(f"`{name}` IS NULL" for name in source.key)
        unusable = validated.filter(f"_op IS NULL OR _op <> 'L' OR {no_key}").select("raw_line", "source_file")
        if found := first_row(unusable):
            raise BadInput(
                f"--snapshot: {found.source_file} has a line that is not a full-load row with its key; no file was "
                "taken: if its operation was read from a column of the source, --columns <column>=<column> says so"
            )
        current, aux, versions = self._tables(source)
        refuse_corrected_extract(missing_from_corrected(current, aux, validated, extract_seq, source))
        return missing_from_extract(current, versions, validated, extract_seq, source)

    def _apply_valid(self, changes: ValidatedChanges, validated: DataFrame) -> AppliedChanges:
        inputs, source = self.inputs, changes.source
        horizon = (
            retention_horizon(inputs.lake, source, inputs.base, inputs.ledger.clock)
            if changes.has("has_old")
            else RetentionHorizon()
        )
        # A run that was refused may have added the column.
        tables = CdcTables(*self._tables(source))
        has_unset = source.has_partial_updates and not tables.current.filter(F.col(INCOMPLETE.name).isNull()).isEmpty()
        return apply_changes(
            validated.filter(F.size("problems") == 0),
            tables,
            source,
            has_truncate=changes.has("has_truncate"),
            has_first_placeholders=has_unset,
            extract_seq=snapshot_seq(source, inputs.values["load_ts"]) if inputs.values["snapshot"] else None,
            horizon=horizon,
            applied_at=inputs.ledger.clock,
            # Spark analyses the whole plan of a frame with each query on it, persisted or not.
            reuse=lambda frame: cut_lineage(self._cache(frame)),
        )

    def _tables(self, source: CdcSource) -> tuple[DataFrame, DataFrame, DataFrame | None]:
        """The published current, aux and history tables; None without history."""
        lake = self.inputs.lake
        current, aux = (lake.frame(table, lake.main(table)) for table in (source.current, source.aux))
        return current, aux, lake.frame(source.versions, lake.main(source.versions)) if source.versions else None

    @cached_property
    def _cached(self) -> list[DataFrame]:
        """The persisted frames, until the tables are staged."""
        return []

    def _cache(self, frame: DataFrame) -> DataFrame:
        self._cached.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self._cached[-1]


def _balance(applied: AppliedChanges, source: CdcSource, counted: Sequence[Row]) -> tuple[Mapping[str, int], int]:
    """Count the inserted, updated and deleted current rows: by the last change of each key, where it decides.

    And those of them that are incomplete.
    """
    if source.has_partial_updates or applied.current.keys is None:
        rows = count_row_changes(applied.before, applied.current.keys, applied.current.rows, source).collect()
        return {row.kind: row.rows for row in rows}, sum(row.incomplete for row in rows)
    balance = Counter[str]()
    for row in (row for row in counted if row._row_change):
        balance[row._row_change] += row.rows
    return balance, 0
