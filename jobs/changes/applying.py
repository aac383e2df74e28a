"""Change files into the tables that follow a source: judged, applied to the rows as they are, and counted."""

from collections import Counter
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

from jobs.changes.reading import ChangeReader
from jobs.changes.shape import as_there, grown
from jobs.frames import begun_anew, instants
from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.job import Job
from jobs.runtime.lake import Lake, rows_of
from jobs.runtime.ledger import Entry, Ledger
from jobs.runtime.staged import Staged
from jobs.small import View, known
from jobs.sources import files
from jobs.sources.deliveries import Known, Plan
from jobs.sources.inbox import Inbox
from jobs.sources.places import File
from schemas.changing import SEQ, Changing
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.changes.applied import Applied, Part, There, applied
from transforms.changes.current import ambiguous, balanced, refused_changes
from transforms.intake import forgotten

HOW_TO_READ = ("columns", "delimiter", "multi_line", "null_text")
_NEWEST = "newest"
_KINDS = ("inserted", "updated", "deleted", "unchanged")
_OUTCOMES = {"applied": "kept", "stale": "late", "replayed": "duplicate", "beyond_retention": "rejected"}


@dataclass(frozen=True)
class Changed:
    """What a run staged of change files: by table, as it is now. `rows` are the changes by file, outcome, problems, remarks and operation."""

    staged: Mapping[str, Staged]
    tables: Sequence[Table]
    rows: Sequence[Row]
    delivered: Sequence[Mapping[str, Any]]
    balance: Mapping[str, int]
    warnings: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """read = kept + rejected + duplicate + late: a replayed change is a duplicate, one that comes too late to count is late."""
        found = Counter({"read": 0, "kept": 0, "rejected": 0, "duplicate": 0, "late": 0})
        for row in self.rows:
            found["read"] += row.rows
            found["rejected" if row.problems else _OUTCOMES[row.outcome]] += row.rows
        return {**found, "replaced": 0}

    @property
    def problems(self) -> Counter[str]:
        return sum((Counter({problem: row.rows}) for row in self.rows for problem in row.problems), Counter[str]())

    @property
    def remarks(self) -> Counter[str]:
        return sum((Counter({remark: row.rows}) for row in self.rows for remark in row.remarks), Counter[str]())

    def asked(self, lake: Lake, ledger: Ledger, entry: Entry) -> list[tuple[Table, Staged, str, Mapping[str, View]]]:
        """What the suites of the tables ask: which rows, for which it holds, beside which views."""
        counts = {f"rows_{kind}": count for kind, count in self.counts.items()}
        balance = {f"rows_{kind}": self.balance.get(kind, 0) for kind in _KINDS}
        there = {"rows_before": lake.rows(entry.table, entry.base), "rows_after": lake.rows(entry.table, self.staged[entry.table.name].snapshot)}
        beside = {"run": known(lake.spark, {**counts, **balance, **there, "remarks": " ".join(self.remarks), "clock": ledger.clock})}
        by_run = f"_applied_at = TIMESTAMP '{ledger.clock:%Y-%m-%d %H:%M:%S.%f}'"
        asked = list[tuple[Table, Staged, str, Mapping[str, View]]]()
        for table in self.tables:
            staged, where = self.staged[table.name], rows_of(ledger.run_id) if table.follows == "rejected" else by_run
            if table.follows == "history":
                keys = lake.staged(table, ledger.run_id).filter(where).select(*entry.table.key).distinct()
                rows = lake.staged(entry.table, ledger.run_id).join(keys, on=list(entry.table.key), how="left_semi")
                beside[entry.table.stem] = View(rows, is_few=staged.is_few)
            asked.append((table, staged, where, {**beside}))
        return asked

    @property
    def told(self) -> str:
        counts = self.counts
        beside = [f", {counts[kind]:,} {word}" for kind, word in (("late", "stale"), ("duplicate", "replayed"), ("rejected", "refused")) if counts[kind]]
        return f"{counts['read']:,} changes read, {counts['kept']:,} applied{''.join(beside)}"

    def too_many_rejected(self, allowed: float, kept: str) -> str | None:
        """Why the run is refused, when more than the `allowed` share of its changes was rejected; `kept` says where they are."""
        counts = self.counts
        share = (counts["rejected"] - self.problems["forgotten"]) / max(counts["read"], 1)
        if share <= allowed:
            return None
        reasons = ", ".join(f"{rows:,} {problem}" for problem, rows in self.problems.most_common(3))
        return f"rejected {share:.1%} of the changes, more than --max_rejected_share {allowed} ({reasons}); {kept}"

    def files(self, *, is_published: bool) -> list[Mapping[str, Any]]:
        return [{**file, "state": "taken" if is_published else "void"} for file in self.delivered]

    @property
    def paths(self) -> list[str]:
        return [file["path"] for file in self.delivered]


@dataclass(frozen=True)
class Applying:
    """Change files of the input into the tables of a job, on top of main as it was at `base`."""

    job: Job
    declared: Changing
    rejects: Table
    base: int | None
    values: Mapping[str, Any]
    lake: Lake
    ledger: Ledger

    def take(self, options: Mapping[str, Any]) -> Changed | str:
        """Stage what the changes of files that are new make of the tables; or say why there is nothing to stage.

        Raises BadInput where a file cannot be read or has columns that do not fit, or changes of one row say different things at one place.
        """
        if self.values["withdraw"]:
            raise BadInput("changes that were applied cannot be withdrawn file by file; lake.restore goes back to before a run")
        settled, reading = self.inbox.settled(), list[File]()
        try:
            plan = self.inbox.planned(settled)
            reading += plan.delivered
            if not reading:
                self.inbox.settling.record(settled.ends)
                return "nothing new: every file is taken"
            return self._apply(plan, options, settled)
        except NoRows as error:
            if self.values["allow_empty"]:
                return f"nothing new: {error.args[0]}"
            raise
        except AnalysisException:  # of our own queries, whose plans name the files
            raise
        except (PySparkException, Py4JJavaError) as error:
            raise files.damaged(reading, error) or error from error

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.job, self.rejects, self.base, self.values, self.lake, self.ledger)

    def _apply(self, plan: Plan, options: Mapping[str, Any], settled: Known) -> Changed | str:
        there = as_there(self.declared, self.lake.types(self.declared.current))
        reader = ChangeReader(self.lake.spark, there, *(self.values[name] for name in HOW_TO_READ))
        delivered = reader.look(plan.delivered)
        changing, warnings = grown(there, delivered, self.values["drift"])
        raw = replace(reader, changing=changing).read(delivered) if delivered else None
        judged = None if raw is None else self._held(begun_anew(self._judged(raw, changing, options)))
        rows = {} if judged is None else {row.source_file: row.rows for row in judged.groupBy("source_file").agg(F.count("*").alias("rows")).collect()}
        described = [{"path": file.path, "bytes": file.bytes, "version": file.version, "rows": rows.get(file.path, 0)} for file in plan.delivered]
        if judged is None or not rows:
            # No table will name the run, and so tell that they are taken.
            taken = [] if self.values["dry_run"] else [{**file, "state": "taken"} for file in described]
            self.inbox.settling.record([*settled.ends, *taken])
            return f"nothing new: no changes in {len(described)} files, such as {described[0]['path']}"
        self.inbox.settling.record([*settled.ends, *({**file, "state": "staging"} for file in described)])
        for table in changing.tables:
            self.lake.ensure(table)
        new = self._applied(judged, changing)
        balance = {row.kind: row.rows for row in balanced(new.before, new.current.keys, new.current.rows, changing).collect()}
        counted = _counted(judged, new.compared)
        staged = self._staged(new, judged, changing)
        for frame in self.held:
            frame.unpersist()
        if changed := self.inbox.changed(plan.delivered):
            raise BadInput(f"{changed[0]} changed while it was read; nothing was taken, run again")
        passed_over = [f"{path} is hidden, unfinished or a linked folder and was not read" for path in plan.passed_over]
        return Changed(staged, changing.tables, counted, described, balance, [*passed_over, *warnings])

    def _judged(self, raw: DataFrame, changing: Changing, options: Mapping[str, Any]) -> DataFrame:
        judged: DataFrame = self.job.build(raw, changing=changing, **options)
        return forgotten(judged, changing.person, self.ledger.forgotten(changing.current))

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
        there = There(*(None if table is None else self.lake.frame(table, self.lake.main(table)) for table in tables))  # type: ignore[arg-type]
        has_truncate = not good.filter("_op = 'T'").isEmpty()
        return applied(good, there, changing, has_truncate=has_truncate, horizon=self._horizon(changing), applied_at=self.ledger.clock, hold=self._held)

    def _horizon(self, changing: Changing) -> datetime | None:
        """Up to when deleted rows are forgotten: counted back from the newest change that was ever published."""
        newest = self._newest(changing)
        return newest - timedelta(days=changing.tombstone_days) if newest and changing.tombstone_days else None

    def _newest(self, changing: Changing) -> datetime | None:
        told = next((text for _, text in self.lake.noted(changing.current, self.base, _NEWEST) if text), None)
        return datetime.fromisoformat(told) if told else None

    @cached_property
    def held(self) -> list[DataFrame]:
        """The frames that several ask for, until what they say is staged."""
        return []

    def _held(self, frame: DataFrame) -> DataFrame:
        self.held.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self.held[-1]

    def _staged(self, new: Applied, judged: DataFrame, changing: Changing) -> dict[str, Staged]:
        """Commit what becomes of each table on the branch of the run."""
        moments = [*instants(new.compared.agg(F.max(f"{SEQ.name}.commit_ts").alias("newest"))), self._newest(changing)]
        notes = {_NEWEST: max(told).isoformat()} if (told := [moment for moment in moments if moment]) else {}
        parts = {changing.current: new.current, changing.aux: new.aux, **({changing.versions: new.versions} if changing.versions and new.versions else {})}
        staged = {table.name: self._replaced(table, part, notes) for table, part in parts.items()}
        of_run = {RUN_ID.name: F.lit(self.ledger.run_id), RECEIVED_ON.name: F.lit(self.ledger.clock.date())}
        refused, before = refused_changes(judged, new.compared).withColumns(of_run), self.lake.main(self.rejects)
        staged[self.rejects.name] = self.lake.stage(self.rejects, refused.select(*self.rejects.names), self.ledger.run_id, base=before, replaces=None, notes={})
        return staged

    def _replaced(self, table: Table, part: Part, notes: Mapping[str, str]) -> Staged:
        base, run_id = self.lake.main(table), self.ledger.run_id
        if base is not None and part.keys is not None:
            self.lake.clear(table, part.keys, run_id, base=base)
        replaces = F.lit(True) if part.keys is None and base is not None else None
        return self.lake.stage(table, part.rows, run_id, base=base, replaces=replaces, notes=notes)


def _counted(judged: DataFrame, compared: DataFrame) -> list[Row]:
    """How many changes there are of each kind; those that were derived from others are none of the feed."""
    kinds = ("source_file", "outcome", "problems", "remarks", "_op")
    bad = judged.filter(F.size("problems") > 0).withColumn("outcome", F.lit(None).cast("string"))
    late = F.when(F.col("outcome") == "beyond_retention", F.array(F.lit("beyond_retention"))).otherwise(F.col("problems"))
    good = compared.filter("NOT is_derived").withColumn("problems", late)
    return bad.select(*kinds).unionByName(good.select(*kinds)).groupBy(*kinds).agg(F.count("*").alias("rows")).collect()
