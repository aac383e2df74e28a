"""Apply change files to the tables of a source: read and validate the changes, merge them, and count them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.cdc.apply_result import StagedChanges
from jobs.runtime.cdc.change_files import READ_OPTIONS, ChangeFile, ChangeReader
from jobs.runtime.cdc.change_metrics import NEWEST, count_by_file, count_changes, is_before_horizon, newest_change
from jobs.runtime.cdc.refusals import first_row, refuse_ambiguous, refuse_earlier_places
from jobs.runtime.cdc.schema_evolution import evolve_schema, with_lake_columns
from jobs.runtime.cdc.stage_changes import stage_changes
from jobs.runtime.errors import BadArgument, BadInput, NoRows
from jobs.runtime.iceberg.ddl import TOMBSTONES_EXPIRED_UNTIL
from jobs.runtime.ingest import file_readers
from jobs.runtime.ingest.file_plan import FilePlan, KnownFiles
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.spark.small_frames import cut_lineage
from jobs.runtime.spark.threads import in_parallel
from jobs.runtime.storage.listing import File
from jobs.runtime.wording import count
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS
from schemas.cdc_source import BY_TIME, CdcSource
from transforms.change_data.apply_changes import AppliedChanges, CdcTables, apply_changes
from transforms.change_data.change_order import snapshot_seq, with_epoch
from transforms.change_data.conflicting_changes import ambiguous_changes, contradicting_changes
from transforms.change_data.current_rows import RetentionHorizon, count_row_changes, missing_from_extract
from transforms.change_data.parse_changes import reject_future
from transforms.validated_rows import mark_forgotten

# A commit time further ahead of our clock is wrong, and would make later changes look too old.
_CLOCK_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True)
class ChangeApplication:
    """Applies the change files of the input to the tables of a job."""

    inputs: InputFiles
    declared: CdcSource

    def take(self, options: Mapping[str, Any]) -> StagedChanges | str:
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
                return "nothing new: every file is already taken"
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
        source, validated, warnings = self._read(plan, options)
        counts = (
            {row.source_file: row for row in count_by_file(validated, self._horizon(source))}
            if validated is not None
            else {}
        )
        rows = {file.path: counts[file.path].rows if file.path in counts else 0 for file in plan.delivered}
        described = [
            {"path": file.path, "bytes": file.bytes, "version": file.version, "rows": rows[file.path]}
            for file in plan.delivered
        ]
        if validated is None or not counts:
            # No table gets a snapshot of this run, so recovery could not tell that the files are taken.
            taken = [] if self.inputs.values["dry_run"] else [{**file, "state": "taken"} for file in described]
            self.inputs.recovery.record([*known.pending_states, *taken])
            return f"nothing new: no changes in {count(len(described), 'file')}, such as {described[0]['path']}"
        self.inputs.recovery.record([*known.pending_states, *({**file, "state": "staging"} for file in described)])
        for table in source.tables:
            self.inputs.lake.ensure(table)
        has_truncate, has_old = (any(row[flag] for row in counts.values()) for flag in ("has_truncate", "has_old"))
        horizon = self._horizon(source) if has_old else RetentionHorizon()
        staged = self._stage(validated, source, horizon, has_truncate=has_truncate)
        if changed := self.inputs.changed_files(plan.delivered):
            raise BadInput(f"{changed[0]} changed while it was read; no file was taken; run again")
        skipped = [f"{path} is hidden, unfinished or a linked folder and was not read" for path in plan.skipped]
        return replace(staged, delivered=described, warnings=[*skipped, *warnings])

    def _read(self, plan: FilePlan, options: Mapping[str, Any]) -> tuple[CdcSource, DataFrame | None, list[str]]:
        """The source with its evolved schema, the validated changes (None if all files are empty), and warnings."""
        lake, values = self.inputs.lake, self.inputs.values
        columns = lake.column_types(self.declared.current)
        present = with_lake_columns(self.declared, columns)
        read_options = {name: self.declared.reading.get(name, values[name]) for name in READ_OPTIONS}
        may_be_load = not columns or bool(values["load_ts"])
        reader = ChangeReader(lake.spark, present, **read_options, may_be_load=may_be_load)
        change_files = reader.inspect(plan.delivered)
        source, warnings = evolve_schema(
            _with_default_sequence(present, change_files, is_new=not columns),
            change_files,
            values["drift"],
            is_new=not columns,
        )
        if not change_files:
            return source, None, warnings
        return source, self._validate(replace(reader, source=source).read(change_files), source, options), warnings

    def _stage(
        self, validated: DataFrame, source: CdcSource, horizon: RetentionHorizon, *, has_truncate: bool
    ) -> StagedChanges:
        """Apply the changes and stage the tables. Raises BadInput if the last change of a row is ambiguous."""
        lake = self.inputs.lake
        if self.inputs.values["snapshot"]:
            validated = self._cache(validated.unionByName(self._missing_rows(validated, source)))
        applied = self._apply_valid(validated, source, horizon, has_truncate=has_truncate)
        _, balance, counted = in_parallel(
            lake.spark,
            lambda: refuse_ambiguous(ambiguous_changes(validated.filter(F.size("problems") == 0), source), source),
            lambda: _balance(applied, source),
            lambda: count_changes(validated, applied.compared),
        )
        if any(row.outcome in ("replayed", "stale") for row in counted):
            refuse_ambiguous(contradicting_changes(applied.compared, *self._tables(source), source), source)
        refuse_earlier_places(counted)
        moments = [
            newest_change(lake, source, self.inputs.base),
            *(datetime.fromisoformat(row.newest).replace(tzinfo=UTC) for row in counted if row.newest),
        ]
        newest = max((moment for moment in moments if moment), default=None)
        properties = {NEWEST: newest.isoformat()} if newest else {}
        staged = stage_changes(self.inputs, applied, validated, source, properties, counted)
        for frame in self._cached:
            frame.unpersist()
        return StagedChanges(staged, source.tables, counted, [], balance, newest, [])

    def _validate(self, raw: DataFrame, source: CdcSource, options: Mapping[str, Any]) -> DataFrame:
        built: DataFrame = self.inputs.job.build(raw, source=source, **options)
        changes = with_epoch(built, self.inputs.values["epoch"])
        changes = reject_future(changes, self.inputs.ledger.clock + _CLOCK_TOLERANCE)
        validated = mark_forgotten(changes, source.person, self.inputs.ledger.forgotten_hashes(source.current))
        # Only changes that are or may be rejected need the line, which for Parquet has to be rendered.
        line = F.when((F.size("problems") > 0) | is_before_horizon(self._horizon(source)), F.col("raw_line"))
        return self._cache(cut_lineage(validated.withColumn("raw_line", line)))

    def _missing_rows(self, validated: DataFrame, source: CdcSource) -> DataFrame:
        """Deletes of the rows that a full extract lacks. Raises BadInput if it is not a readable full load."""
        if (extract_seq := snapshot_seq(source, self.inputs.values["load_ts"])) is None:
            raise BadInput(
                f"--snapshot: the changes of {source.name} are not ordered by time first, "
                "so changes after the extract cannot be told apart; no file was taken"
            )
        no_key = " OR ".join(f"`{name}` IS NULL" for name in source.key)
        unusable = validated.filter(f"_op IS NULL OR _op <> 'L' OR {no_key}").select("raw_line", "source_file")
        if found := first_row(unusable):
            raise BadInput(
                f"--snapshot: {found.source_file} has a line that is not a full-load row with its key; "
                "no file was taken"
            )
        current = self.inputs.lake.frame(source.current, self.inputs.base)
        return missing_from_extract(current, validated, extract_seq, source)

    def _apply_valid(
        self, validated: DataFrame, source: CdcSource, horizon: RetentionHorizon, *, has_truncate: bool
    ) -> AppliedChanges:
        return apply_changes(
            validated.filter(F.size("problems") == 0),
            CdcTables(*self._tables(source)),
            source,
            has_truncate=has_truncate,
            horizon=horizon,
            applied_at=self.inputs.ledger.clock,
            reuse=self._cache,
        )

    def _tables(self, source: CdcSource) -> tuple[DataFrame, DataFrame, DataFrame | None]:
        """The published current, aux and history tables; None without history."""
        lake = self.inputs.lake
        current, aux = (lake.frame(table, lake.main(table)) for table in (source.current, source.aux))
        return current, aux, lake.frame(source.versions, lake.main(source.versions)) if source.versions else None

    def _horizon(self, source: CdcSource) -> RetentionHorizon:
        """tombstone_days before the newest change that was ever published, or now; and what maintenance has expired."""
        newest, clock = newest_change(self.inputs.lake, source, self.inputs.base), self.inputs.ledger.clock
        deletes = (
            min(newest, clock) - timedelta(days=source.tombstone_days) if newest and source.tombstone_days else None
        )
        expired_until = self.inputs.lake.table_property(source.aux, TOMBSTONES_EXPIRED_UNTIL)
        return RetentionHorizon(deletes, datetime.fromisoformat(expired_until) if expired_until else None)

    @cached_property
    def _cached(self) -> list[DataFrame]:
        """The persisted frames, until the tables are staged."""
        return []

    def _cache(self, frame: DataFrame) -> DataFrame:
        self._cached.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self._cached[-1]


def _balance(applied: AppliedChanges, source: CdcSource) -> dict[str, int]:
    counted = count_row_changes(applied.before, applied.current.keys, applied.current.rows, source).collect()
    return {row.kind: row.rows for row in counted}


def _with_default_sequence(source: CdcSource, change_files: Sequence[ChangeFile], *, is_new: bool) -> CdcSource:
    """Order a new table by log position first if every event has one and --sequence does not say otherwise.

    Clocks of sources go back, and some have a resolution of seconds.
    """
    if is_new and source.sequence == BY_TIME and change_files and all(file.is_placed for file in change_files):
        return replace(source, sequence=(CHANGE_SEQ.name, COMMIT_TS.name))
    return source
