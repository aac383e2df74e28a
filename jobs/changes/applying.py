"""Change files into the tables that follow a source: judged, applied to the rows as they are, and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.changes.changed import Changed
from jobs.changes.reading import ChangeReader
from jobs.changes.shape import as_there, grown
from jobs.frames import begun_anew, instants
from jobs.runtime.errors import BadArgument, BadInput, NoRows
from jobs.runtime.lake import Lake
from jobs.runtime.staged import Staged
from jobs.sources import files
from jobs.sources.deliveries import Known, Plan
from jobs.sources.inbox import Inbox
from jobs.sources.leaving import Leaving
from jobs.sources.places import File
from schemas.changing import SEQ, Changing
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.changes.applied import Applied, Part, There, applied
from transforms.changes.current import absent, ambiguous, balanced, refused_changes
from transforms.changes.order import snapshot_place
from transforms.intake import forgotten

HOW_TO_READ = ("columns", "delimiter", "multi_line", "null_text")
_NEWEST = "newest"


@dataclass(frozen=True)
class Applying:
    """Change files of the input into the tables of a job."""

    inbox: Inbox
    declared: Changing

    def take(self, options: Mapping[str, Any]) -> Changed | str:
        """Stage what the changes of files that are new make of the tables; or say why there is nothing to stage.

        Raises BadInput where a file cannot be read or has columns that do not fit, or changes of one row say different things at one place.
        """
        if self.inbox.values["withdraw"]:
            raise BadInput("changes that were applied cannot be withdrawn file by file; lake.restore goes back to before a run")
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

    def _apply(self, plan: Plan, options: Mapping[str, Any], settled: Known) -> Changed | str:
        columns = self.inbox.lake.types(self.declared.current)
        there = as_there(self.declared, columns)
        reader = ChangeReader(self.inbox.lake.spark, there, *(self.inbox.values[name] for name in HOW_TO_READ))
        delivered = reader.look(plan.delivered)
        changing, warnings = grown(there, delivered, self.inbox.values["drift"], is_new=not columns)
        raw = replace(reader, changing=changing).read(delivered) if delivered else None
        judged = None if raw is None else self._held(begun_anew(self._judged(raw, changing, options)))
        rows = {} if judged is None else {row.source_file: row.rows for row in judged.groupBy("source_file").agg(F.count("*").alias("rows")).collect()}
        described = [{"path": file.path, "bytes": file.bytes, "version": file.version, "rows": rows.get(file.path, 0)} for file in plan.delivered]
        if judged is None or not rows:
            # No table will name the run, and so tell that they are taken.
            taken = [] if self.inbox.values["dry_run"] else [{**file, "state": "taken"} for file in described]
            self.inbox.settling.record([*settled.ends, *taken])
            return f"nothing new: no changes in {len(described)} files, such as {described[0]['path']}"
        self.inbox.settling.record([*settled.ends, *({**file, "state": "staging"} for file in described)])
        for table in changing.tables:
            self.inbox.lake.ensure(table)
        if self.inbox.values["snapshot"]:
            judged = self._held(judged.unionByName(self._absent(judged, changing)))
        new = self._applied(judged, changing)
        balance = {row.kind: row.rows for row in balanced(new.before, new.current.keys, new.current.rows, changing).collect()}
        counted = _counted(judged, new.compared)
        newest = self._newest(new, changing)
        staged = self._staged(new, judged, changing, newest, list(rows))
        for frame in self.held:
            frame.unpersist()
        if changed := self.inbox.changed(plan.delivered):
            raise BadInput(f"{changed[0]} changed while it was read; nothing was taken, run again")
        passed_over = [f"{path} is hidden, unfinished or a linked folder and was not read" for path in plan.passed_over]
        return Changed(staged, changing.tables, counted, described, balance, newest, [*passed_over, *warnings])

    def _judged(self, raw: DataFrame, changing: Changing, options: Mapping[str, Any]) -> DataFrame:
        judged: DataFrame = self.inbox.job.build(raw, changing=changing, **options)
        return forgotten(judged, changing.person, self.inbox.ledger.forgotten(changing.current))

    def _absent(self, judged: DataFrame, changing: Changing) -> DataFrame:
        """The deletes of rows that a full extract does not have. Raises BadInput where it is none, or nobody can tell which rows it has."""
        if (begun := snapshot_place(changing, self.inbox.values["load_ts"])) is None:
            raise BadInput(f"--snapshot: {changing.name} knows no times, so nothing tells what changed after it")
        no_key = " OR ".join(f"`{name}` IS NULL" for name in changing.key)
        if doubtful := judged.filter(f"_op IS NULL OR _op <> 'L' OR {no_key}").select("raw_line", "source_file").limit(1).collect():
            raise BadInput(f"--snapshot: {doubtful[0].source_file} has a line that is no row with its key, and no full load; nothing was taken")
        there = self.inbox.lake.frame(changing.current, self.inbox.base)
        return absent(there, judged, begun, changing)

    def _applied(self, judged: DataFrame, changing: Changing) -> Applied:
        """What the good changes make of the tables. Raises BadInput where nothing tells which change of a row is the last."""
        good = judged.filter(F.size("problems") == 0)
        if doubtful := ambiguous(good, changing).limit(1).collect():
            place = doubtful[0][SEQ.name]
            raise BadInput(
                f"ambiguous_sequence: changes of one row of {changing.name} say different things at {place.commit_ts} {place.change_seq}, and nothing tells "
                "which is the last; deliver what orders them, such as AR_H_CHANGE_SEQ, or declare a tie"
            )
        tables = (changing.current, changing.aux, changing.versions)
        there = There(*(None if table is None else self.inbox.lake.frame(table, self.inbox.lake.main(table)) for table in tables))  # type: ignore[arg-type]
        has_truncate = not good.filter("_op = 'T'").isEmpty()
        return applied(good, there, changing, has_truncate=has_truncate, horizon=self._horizon(changing), applied_at=self.inbox.ledger.clock, hold=self._held)

    def _horizon(self, changing: Changing) -> datetime | None:
        """Up to when deleted rows are forgotten: counted back from the newest change that was ever published."""
        newest = newest_change(self.inbox.lake, changing, self.inbox.base)
        return newest - timedelta(days=changing.tombstone_days) if newest and changing.tombstone_days else None

    def _newest(self, new: Applied, changing: Changing) -> datetime | None:
        moments = [*instants(new.compared.agg(F.max(f"{SEQ.name}.commit_ts").alias("newest"))), newest_change(self.inbox.lake, changing, self.inbox.base)]
        return max((moment for moment in moments if moment), default=None)

    @cached_property
    def held(self) -> list[DataFrame]:
        """The frames that several ask for, until what they say is staged."""
        return []

    def _held(self, frame: DataFrame) -> DataFrame:
        self.held.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self.held[-1]

    def _staged(self, new: Applied, judged: DataFrame, changing: Changing, newest: datetime | None, paths: Sequence[str]) -> dict[str, Staged]:
        """Commit what becomes of each table on the branch of the run."""
        notes = {_NEWEST: newest.isoformat()} if newest else {}
        parts = {changing.current: new.current, changing.aux: new.aux, **({changing.versions: new.versions} if changing.versions and new.versions else {})}
        staged = {table.name: self._replaced(table, part, notes) for table, part in parts.items()}
        of_run = {RUN_ID.name: F.lit(self.inbox.ledger.run_id), RECEIVED_ON.name: F.lit(self.inbox.ledger.clock.date())}
        rejects, lake = self.inbox.rejects, self.inbox.lake
        refused, before = refused_changes(judged, new.compared).withColumns(of_run).select(*rejects.names), lake.main(rejects)
        # A file that comes again brings its refused changes again.
        leaving = Leaving.of(lake.frame(rejects, before), paths if lake.rows(rejects, before) else [], RECEIVED_ON.name, None, within=F.lit(True))
        all_refused = refused.unionByName(leaving.stays_beside) if leaving.rows else refused
        staged[rejects.name] = lake.stage(rejects, all_refused, self.inbox.ledger.run_id, base=before, replaces=leaving.replaces, notes={})
        return staged

    def _replaced(self, table: Table, part: Part, notes: Mapping[str, str]) -> Staged:
        base, run_id = self.inbox.lake.main(table), self.inbox.ledger.run_id
        if base is not None and part.keys is not None:
            self.inbox.lake.clear(table, part.keys, run_id, base=base)
        replaces = F.lit(True) if part.keys is None and base is not None else None
        return self.inbox.lake.stage(table, part.rows, run_id, base=base, replaces=replaces, notes=notes)


def newest_change(lake: Lake, changing: Changing, snapshot: int | None) -> datetime | None:
    """When the newest change was made that is in the table at a snapshot, or was before it."""
    told = next((text for _, text in lake.noted(changing.current, snapshot, _NEWEST) if text), None)
    return datetime.fromisoformat(told) if told else None


def _counted(judged: DataFrame, compared: DataFrame) -> list[Row]:
    """How many changes there are of each kind; those that were derived from others are none of the feed."""
    kinds = ("source_file", "outcome", "problems", "remarks", "_op")
    bad = judged.filter(F.size("problems") > 0).withColumn("outcome", F.lit(None).cast("string"))
    late = F.when(F.col("outcome") == "beyond_retention", F.array(F.lit("beyond_retention"))).otherwise(F.col("problems"))
    good = compared.filter("NOT is_derived").withColumn("problems", late)
    return bad.select(*kinds).unionByName(good.select(*kinds)).groupBy(*kinds).agg(F.count("*").alias("rows")).collect()
