"""The ledger of runs, files and erasures: ops.runs, ops.files and ops.forgotten."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.errors import BadLake
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.masking import masked
from jobs.runtime.spark.frames import local_frame, one_row
from schemas.ops.files import FILES
from schemas.ops.forgotten import FORGOTTEN
from schemas.ops.runs import RUNS
from schemas.table import Table

# Iceberg refuses a commit that is more than a minute older than the one before.
_MOST_AHEAD = timedelta(minutes=1)


@dataclass(frozen=True)
class Ledger:
    """The records of one run. Both tables are only ever added to; the newest row counts."""

    lake: Lake
    run_id: str
    job: str
    line: str
    started_at: datetime
    clock: datetime
    parameters: Mapping[str, Any]

    def open(self, tables: Iterable[Table]) -> None:
        for table in (RUNS, FILES):
            self.lake.ensure(table)
            self.lake.grow(table)
        now, newest = datetime.now(UTC), self.lake.written_at(RUNS)
        if newest and newest > now + _MOST_AHEAD:
            raise BadLake(
                f"the lake was last written at {newest:%F %T} UTC, and this machine's clock says {now:%F %T}: set it right, or wait"
            )
        self.record([{"table": table.name, "status": "started"} for table in tables])

    def close(self, entries: Iterable[Entry]) -> dict[str, Any]:
        """Record how the run ended, and return it as data."""
        tables, seconds = [entry.told for entry in entries], (datetime.now(UTC) - self.started_at).total_seconds()
        # Two G.1X workers of one DPU each; Glue bills a minute at least.
        of_run = {"finished_at": datetime.now(UTC), "dpu_hours_estimate": 2 * max(60.0, seconds) / 3600}
        self.record([{**one, **of_run} for one in tables])
        return {
            "job": self.job,
            "run_id": self.run_id,
            "lake": self.parameters["lake"],
            "seconds": seconds,
            **of_run,
            "tables": tables,
        }

    def kept(self, table: Table) -> str:
        """How the rows can be read that this run staged and was refused."""
        return f"its rows are kept: python -m jobs show --lake {self.parameters['lake']} --table {table.name} --run {self.run_id}"

    def live(self, hours: int) -> list[Row]:
        """The other runs, but for those that are part of this one, that began within so many hours or after it and have not recorded an end."""
        since = min(datetime.now(UTC) - timedelta(hours=hours), self.started_at)
        began = self.lake.spark.table(f"lake.{RUNS.name}").filter(F.col("started_at") > F.lit(since))
        others = (
            began.filter(~F.startswith("run_id", F.lit(self.run_id)))
            .groupBy("run_id", "job")
            .agg(F.max("finished_at").alias("finished_at"))
        )
        return others.filter("finished_at IS NULL").orderBy("run_id").collect()

    def refusals(self, table: Table, since: date, read: int, rejected: int) -> DataFrame:
        """How many of 10,000 rows read were refused, as `value`, by the UTC `day` of the clock, this run with what it read."""
        recorded = self.lake.spark.table(f"lake.{RUNS.name}").filter(
            (F.col("started_at") >= F.lit(since)) & (F.col("table") == table.name)
        )
        earlier = recorded.filter("status = 'published' AND rows_read > 0").select(
            F.to_date("clock").alias("day"), "rows_read", "rows_rejected"
        )
        now = (
            one_row(self.lake.spark)
            .select(F.lit(self.clock.date()), F.lit(read), F.lit(rejected))
            .toDF(*earlier.columns)
        )
        refused = F.sum("rows_rejected") * 10_000 / F.sum("rows_read")
        return (
            earlier.unionByName(now).filter("rows_read > 0").groupBy("day").agg(refused.cast("double").alias("value"))
        )

    def files(self, table: Table) -> list[Row]:
        """All that was ever recorded of the files of a table, oldest first."""
        recorded = self.lake.spark.table(f"lake.{FILES.name}").filter(f"`table` = '{table.name}'")
        return recorded.orderBy("recorded_at").collect()

    def record_files(self, table: Table, files: Iterable[Mapping[str, Any]]) -> None:
        """Each with its state; of this run, where the file says no other."""
        now = {"table": table.name, "recorded_at": datetime.now(UTC)}
        self.lake.append(
            FILES, local_frame(self.lake.spark, FILES, [{"run_id": self.run_id, **file, **now} for file in files])
        )

    def parameters_of(self, run_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What earlier runs were told, as far as they are known."""
        recorded = (
            self.lake.spark.table(f"lake.{RUNS.name}")
            .filter(F.col("run_id").isin(*run_ids))
            .select("run_id", "parameters_json")
            .distinct()
        )
        return {row.run_id: json.loads(row.parameters_json) for row in recorded.collect()}

    def exported_to(self) -> list[str]:
        """The folders in which runs put files of tables."""
        folder = F.get_json_object("parameters_json", "$.export").alias("folder")
        found = self.lake.spark.table(f"lake.{RUNS.name}").select(folder).filter("folder IS NOT NULL").distinct()
        return sorted(row.folder for row in found.collect())

    def told_to(self, run_ids: Set[str]) -> dict[str, dict[str, Any]]:
        """The same of all of them. Raises BadLake where one is not known."""
        told = self.parameters_of(run_ids) if run_ids else {}
        if unknown := run_ids - told.keys():
            raise BadLake(
                f"the ledger does not know run {min(unknown)}, whose files have to be read again; run lake.rebuild_ledger"
            )
        return told

    def forgotten(self, table: Table) -> dict[str, list[str]]:
        """Who was forgotten in the domain of the table: for each salt what it made of their ids."""
        if self.lake.main(FORGOTTEN) is None:
            return {}
        of_domain = (
            self.lake.published(FORGOTTEN)
            .filter(F.col("domain") == table.domain)
            .groupBy("salt")
            .agg(F.collect_set("hash").alias("hashes"))
        )
        return {row.salt: sorted(row.hashes) for row in of_domain.collect()}

    def forget(self, table: Table, person: str) -> None:
        """Remember that the person was forgotten in the domain of the table, without saying who."""
        self.lake.ensure(FORGOTTEN)
        known = self.forgotten(table)
        salt = next(iter(known), secrets.token_hex(16))
        made = hashlib.sha256(f"{salt}{table.spelt(person)}".encode()).hexdigest()
        if made not in known.get(salt, []):
            row = {
                "domain": table.domain,
                "hash": made,
                "salt": salt,
                "forgotten_at": datetime.now(UTC),
                "run_id": self.run_id,
            }
            self.lake.append(FORGOTTEN, local_frame(self.lake.spark, FORGOTTEN, [row]))

    def record(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of ops.runs: of this run, where they say no other; their `parameters` as JSON."""
        known = {"run_id": self.run_id, "job": self.job, "runtime_line": self.line, "parameters": self.parameters}
        times = {"started_at": self.started_at, "clock": self.clock}
        told = [{**known, **times, **row} for row in rows]
        self.lake.append(
            RUNS,
            local_frame(
                self.lake.spark, RUNS, [{**one, "parameters_json": _as_json(one["parameters"])} for one in told]
            ),
        )


def _as_json(parameters: Mapping[str, Any]) -> str:
    told = {name: _told(value) for name, value in parameters.items()}
    return json.dumps(told, default=str, sort_keys=True)


def _told(value: Any) -> Any:
    return (
        masked(value) if isinstance(value, str) else [_told(one) for one in value] if isinstance(value, list) else value
    )
