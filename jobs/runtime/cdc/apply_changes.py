"""Apply change files to the tables that follow a source: validate the changes, merge them into the current rows, and count them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.cdc.change_files import HOW_TO_READ, ChangeReader, Delivered
from jobs.runtime.cdc.schema_evolution import as_there, grown
from jobs.runtime.cdc.staged_changes import StagedChanges
from jobs.runtime.errors import BadArgument, BadInput, NoRows
from jobs.runtime.iceberg import snapshots
from jobs.runtime.iceberg.ddl import FORGOTTEN_UNTIL
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.iceberg.staging import Staged
from jobs.runtime.ingest import files
from jobs.runtime.ingest.deliveries import FilePlan, KnownFiles
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.ingest.retraction import Retraction
from jobs.runtime.spark.frames import begun_anew, instants
from jobs.runtime.spark.threads import in_parallel
from jobs.runtime.storage.listing import File
from schemas.changing import BY_TIME, CHANGE_SEQ, COMMIT_TS, SEQ, CdcSource
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.changes.applied import Applied, Part, There, applied
from transforms.changes.current import Forgotten, absent, balanced, refused_changes
from transforms.changes.doubtful import ambiguous, contradicted
from transforms.changes.order import snapshot_place
from transforms.intake import forgotten

_NEWEST = "newest"
# So many changes one task writes in the time that starting others takes.
_FEW = 200_000


@dataclass(frozen=True)
class ChangeApplication:
    """Change files of the input into the tables of a job."""

    inbox: InputFiles
    declared: CdcSource

    def take(self, options: Mapping[str, Any]) -> StagedChanges | str:
        """Stage what the changes of files that are new make of the tables; or say why there is nothing to stage.

        Raises BadInput where a file cannot be read or has columns that do not fit, or changes of one row say different things at one place.
        """
        if self.inbox.values["withdraw"]:
            raise BadInput(
                "changes that were applied cannot be withdrawn file by file; lake.restore goes back to before a run"
            )
        if self.inbox.values["snapshot"] and not self.inbox.values["load_ts"]:
            raise BadArgument("--snapshot: say with --load_ts when the source was so, and with its offset")
        settled, reading = self.inbox.settled(), list[File]()
        try:
            plan = self.inbox.planned(settled)
            reading += plan.delivered
            if not reading:
                self.inbox.settling.record(settled.ends)
                return "nothing new: every file is taken"
            return self._apply(plan, options, settled)
        except NoRows as error:
            if self.inbox.values["allow_empty"]:
                return f"nothing new: {error.args[0]}"
            raise
        except AnalysisException:  # of our own queries, whose plans name the files
            raise
        except (PySparkException, Py4JJavaError) as error:
            raise files.damaged(reading, error) or error from error

    def _apply(self, plan: FilePlan, options: Mapping[str, Any], settled: KnownFiles) -> StagedChanges | str:
        columns = self.inbox.lake.types(self.declared.current)
        there = as_there(self.declared, columns)
        reader = ChangeReader(
            self.inbox.lake.spark,
            there,
            **{name: self.declared.reading.get(name, self.inbox.values[name]) for name in HOW_TO_READ},
        )
        delivered = reader.look(plan.delivered)
        changing, warnings = grown(
            _in_order(there, delivered, is_new=not columns), delivered, self.inbox.values["drift"], is_new=not columns
        )
        judged = (
            self._judged(replace(reader, changing=changing).read(delivered), changing, options) if delivered else None
        )
        by_file = {row.source_file: row for row in _by_file(judged, self._forgotten(changing))} if judged else {}
        rows = {file.path: by_file[file.path].rows if file.path in by_file else 0 for file in plan.delivered}
        described = [
            {"path": file.path, "bytes": file.bytes, "version": file.version, "rows": rows[file.path]}
            for file in plan.delivered
        ]
        if judged is None or not by_file:
            # No table will name the run, and so tell that they are taken.
            taken = [] if self.inbox.values["dry_run"] else [{**file, "state": "taken"} for file in described]
            self.inbox.settling.record([*settled.ends, *taken])
            return f"nothing new: no changes in {len(described)} files, such as {described[0]['path']}"
        self.inbox.settling.record([*settled.ends, *({**file, "state": "staging"} for file in described)])
        for table in changing.tables:
            self.inbox.lake.ensure(table)
        has_truncate, has_old = (any(row[kind] for row in by_file.values()) for kind in ("has_truncate", "has_old"))
        changed = self._changed(
            judged, changing, self._forgotten(changing) if has_old else Forgotten(), has_truncate=has_truncate
        )
        if others := self.inbox.changed(plan.delivered):
            raise BadInput(f"{others[0]} changed while it was read; nothing was taken, run again")
        passed_over = [f"{path} is hidden, unfinished or a linked folder and was not read" for path in plan.passed_over]
        return replace(changed, delivered=described, warnings=[*passed_over, *warnings])

    def _changed(
        self, judged: DataFrame, changing: CdcSource, forgotten: Forgotten, *, has_truncate: bool
    ) -> StagedChanges:
        """Stage what the changes make of the tables. Raises BadInput where nothing tells which change of a row is the last."""
        spark, lake = self.inbox.lake.spark, self.inbox.lake
        if self.inbox.values["snapshot"]:
            judged = self._held(judged.unionByName(self._absent(judged, changing)))
        new = self._applied(judged, changing, forgotten, has_truncate=has_truncate)
        _, balance, counted = in_parallel(
            spark,
            lambda: _refuse_ambiguous(ambiguous(judged.filter(F.size("problems") == 0), changing), changing),
            lambda: {
                row.kind: row.rows
                for row in balanced(new.before, new.current.keys, new.current.rows, changing).collect()
            },
            lambda: _counted(judged, new.compared),
        )
        if any(row.outcome in ("replayed", "stale") for row in counted):
            _refuse_ambiguous(contradicted(new.compared, *self._there(changing), changing), changing)
        moments = [
            newest_change(lake, changing, self.inbox.base),
            *(datetime.fromisoformat(row.newest).replace(tzinfo=UTC) for row in counted if row.newest),
        ]
        newest = max((moment for moment in moments if moment), default=None)
        staged = self._staged(new, judged, changing, {_NEWEST: newest.isoformat()} if newest else {}, counted)
        for frame in self.held:
            frame.unpersist()
        return StagedChanges(staged, changing.tables, counted, [], balance, newest, [])

    def _judged(self, raw: DataFrame, changing: CdcSource, options: Mapping[str, Any]) -> DataFrame:
        judged: DataFrame = self.inbox.job.build(raw, changing=changing, **options)
        known = forgotten(judged, changing.person, self.inbox.ledger.forgotten(changing.current))
        # Only of what is, or may be, refused the line is wanted: of Parquet it would have to be written.
        line = F.when((F.size("problems") > 0) | _is_old(self._forgotten(changing)), F.col("raw_line"))
        return self._held(begun_anew(known.withColumn("raw_line", line)))

    def _absent(self, judged: DataFrame, changing: CdcSource) -> DataFrame:
        """The deletes of rows that a full extract does not have. Raises BadInput where it is none, or nobody can tell which rows it has."""
        if (begun := snapshot_place(changing, self.inbox.values["load_ts"])) is None:
            raise BadInput(
                f"--snapshot: {changing.name} is not in the order of times, so nothing tells what changed after it"
            )
        no_key = " OR ".join(f"`{name}` IS NULL" for name in changing.key)
        if (
            doubtful := judged.filter(f"_op IS NULL OR _op <> 'L' OR {no_key}")
            .select("raw_line", "source_file")
            .limit(1)
            .collect()
        ):
            raise BadInput(
                f"--snapshot: {doubtful[0].source_file} has a line that is no row with its key, and no full load; nothing was taken"
            )
        there = self.inbox.lake.frame(changing.current, self.inbox.base)
        return absent(there, judged, begun, changing)

    def _applied(self, judged: DataFrame, changing: CdcSource, forgotten: Forgotten, *, has_truncate: bool) -> Applied:
        """What the good changes make of the tables."""
        good, clock = judged.filter(F.size("problems") == 0), self.inbox.ledger.clock
        return applied(
            good,
            There(*self._there(changing)),
            changing,
            has_truncate=has_truncate,
            forgotten=forgotten,
            applied_at=clock,
            hold=self._held,
        )

    def _there(self, changing: CdcSource) -> tuple[DataFrame, DataFrame, DataFrame | None]:
        """The tables as they are: current, aux and, where it is kept, history."""
        lake = self.inbox.lake
        current, aux = (lake.frame(table, lake.main(table)) for table in (changing.current, changing.aux))
        return current, aux, lake.frame(changing.versions, lake.main(changing.versions)) if changing.versions else None

    def _forgotten(self, changing: CdcSource) -> Forgotten:
        """Up to when deleted rows may be forgotten: counted back from the newest change that was ever published."""
        newest = newest_change(self.inbox.lake, changing, self.inbox.base)
        deletes = newest - timedelta(days=changing.tombstone_days) if newest and changing.tombstone_days else None
        until = self.inbox.lake.told(changing.aux, FORGOTTEN_UNTIL)
        return Forgotten(deletes, datetime.fromisoformat(until) if until else None)

    @cached_property
    def held(self) -> list[DataFrame]:
        """The frames that several ask for, until what they say is staged."""
        return []

    def _held(self, frame: DataFrame) -> DataFrame:
        self.held.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self.held[-1]

    def _staged(
        self, new: Applied, judged: DataFrame, changing: CdcSource, notes: Mapping[str, str], counted: Sequence[Row]
    ) -> dict[str, Staged]:
        """Commit what becomes of each table on the branch of the run."""
        paths, is_few = sorted({row.source_file for row in counted}), sum(row.rows for row in counted) <= _FEW
        parts = {
            changing.current: new.current,
            changing.aux: new.aux,
            **({changing.versions: new.versions} if changing.versions and new.versions else {}),
        }
        work: dict[str, Callable[[], Staged]] = {
            table.name: partial(self._replaced, table, part, notes, is_few=is_few) for table, part in parts.items()
        }
        work[self.inbox.rejects.name] = partial(self._refused, refused_changes(judged, new.compared), paths)
        with snapshots.in_parts(self.inbox.lake.spark, self.inbox.ledger.run_id):
            return dict(zip(work, in_parallel(self.inbox.lake.spark, *work.values()), strict=True))

    def _refused(self, rows: DataFrame, paths: Sequence[str]) -> Staged:
        """A file that comes again brings its refused changes again."""
        rejects, lake, ledger = self.inbox.rejects, self.inbox.lake, self.inbox.ledger
        of_run, before = (
            {RUN_ID.name: F.lit(ledger.run_id), RECEIVED_ON.name: F.lit(ledger.clock.date())},
            lake.main(rejects),
        )
        refused = rows.withColumns(of_run).select(*rejects.names)
        leaving = Retraction.of(
            rejects, lake.frame(rejects, before), paths if lake.rows(rejects, before) else [], within=F.lit(True)
        )
        all_refused = refused.unionByName(leaving.stays_beside) if leaving.rows else refused
        return lake.stage(rejects, all_refused, ledger.run_id, base=before, replaces=leaving.replaces, notes={})

    def _replaced(self, table: Table, part: Part, notes: Mapping[str, str], *, is_few: bool) -> Staged:
        base, run_id = self.inbox.lake.main(table), self.inbox.ledger.run_id
        if base is not None and part.keys is not None:
            self.inbox.lake.clear(table, part.keys, run_id, base=base)
        replaces = F.lit(True) if part.keys is None and base is not None else None
        # Each run adds files until lake.maintain joins them: of few rows one is enough.
        rows = part.rows.coalesce(1) if is_few and replaces is None else part.rows
        return self.inbox.lake.stage(table, rows, run_id, base=base, replaces=replaces, notes=notes)


def _in_order(changing: CdcSource, delivered: Sequence[Delivered], *, is_new: bool) -> CdcSource:
    """Of events that tell their place in the log that place counts first, unless it was said otherwise: clocks of sources go back, and by seconds."""
    if is_new and changing.sequence == BY_TIME and delivered and all(one.is_placed for one in delivered):
        return replace(changing, sequence=(CHANGE_SEQ.name, COMMIT_TS.name))
    return changing


def _by_file(judged: DataFrame, forgotten: Forgotten) -> list[Row]:
    """How many `rows` each file has, whether it `has_truncate`, and whether it `has_old` ones, which may be of rows that are forgotten."""
    is_good = F.size("problems") == 0
    kinds = {"has_truncate": is_good & (F.col("_op") == "T"), "has_old": is_good & _is_old(forgotten)}
    return (
        judged.groupBy("source_file")
        .agg(F.count("*").alias("rows"), *(F.max(holds).alias(kind) for kind, holds in kinds.items()))
        .collect()
    )


def _is_old(forgotten: Forgotten) -> Column:
    moments = [moment for moment in (forgotten.deletes, forgotten.loads) if moment]
    return F.coalesce(F.col(f"{SEQ.name}.commit_ts") < F.lit(max(moments)), F.lit(False)) if moments else F.lit(False)


def _refuse_ambiguous(doubtful: DataFrame, changing: CdcSource) -> None:
    """Raises BadInput where there are changes of which nothing tells whether they are the last."""
    # As text: Spark would hand out an instant in the zone of this machine.
    place = F.concat_ws(" ", *(F.col(f"{SEQ.name}.{name}").cast("string") for name in changing.places))
    if found := doubtful.select(place.alias("place")).limit(1).collect():
        raise BadInput(
            f"ambiguous_sequence: changes of one row of {changing.name} say different things at {found[0].place} (UTC), and nothing tells "
            "which is the last; deliver what orders them, such as AR_H_CHANGE_SEQ or, of a load, --load_ts, or declare a tie"
        )


def newest_change(lake: Lake, changing: CdcSource, snapshot: int | None) -> datetime | None:
    """When the newest change was made that is in the table at a snapshot, or was before it; of one without history that is left, as far as rows tell."""
    if told := next((text for _, text in lake.snapshot_properties(changing.current, snapshot, _NEWEST) if text), None):
        return datetime.fromisoformat(told)
    there = (
        [
            lake.frame(table, lake.main(table)).select(f"{SEQ.name}.commit_ts")
            for table in (changing.current, changing.aux)
        ]
        if snapshot
        else []
    )
    moments = [moment for rows in there for moment in instants(rows.agg(F.max("commit_ts").alias("newest"))) if moment]
    return max(moments, default=None)


def _counted(judged: DataFrame, compared: DataFrame) -> list[Row]:
    """How many changes there are of each kind, and the `newest` of them, UTC, as text; those that were derived from others are none of the feed."""
    kinds = ("source_file", "outcome", "problems", "remarks", "_op")
    bad = judged.filter(F.size("problems") > 0).withColumns(
        {"outcome": F.lit(None).cast("string"), "at": F.lit(None).cast("timestamp")}
    )
    late = F.when(F.col("outcome") == "beyond_retention", F.array(F.lit("beyond_retention"))).otherwise(
        F.col("problems")
    )
    good = compared.filter("NOT is_derived").withColumns({"problems": late, "at": F.col(f"{SEQ.name}.commit_ts")})
    each = bad.select(*kinds, "at").unionByName(good.select(*kinds, "at"))
    return each.groupBy(*kinds).agg(F.count("*").alias("rows"), F.max("at").cast("string").alias("newest")).collect()
