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
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.redaction import mask
from jobs.runtime.spark.small_frames import local_frame, one_row
from schemas.ops.files import FILES
from schemas.ops.forgotten import FORGOTTEN
from schemas.ops.runs import RUNS
from schemas.table import Table

# Iceberg refuses a commit that is more than a minute older than the previous one.
_MAX_CLOCK_SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class Ledger:
    """The records of one run. The tables are append-only; the newest row of a run or file counts."""

    lake: Lake
    run_id: str
    job: str
    line: str
    started_at: datetime
    clock: datetime
    parameters: Mapping[str, Any]

    def open(self, tables: Iterable[Table]) -> None:
        """Record the start of the run for each table. Raises BadLake if this machine's clock is behind the lake."""
        for table in (RUNS, FILES):
            self.lake.ensure(table)
            self.lake.evolve_schema(table)
        now, newest = datetime.now(UTC), self.lake.written_at(RUNS)
        if newest and newest > now + _MAX_CLOCK_SKEW:
            raise BadLake(
                f"the lake was last written at {newest:%F %T} UTC, but this machine's clock says {now:%F %T}:"
                " correct the clock, or wait"
            )
        self.record([{"table": table.name, "status": "started"} for table in tables])

    def close(self, entries: Iterable[Entry]) -> dict[str, Any]:
        """Record the end of the run and return its summary."""
        tables, seconds = [entry.summary for entry in entries], (datetime.now(UTC) - self.started_at).total_seconds()
        # Two G.1X workers with one DPU each; Glue bills at least one minute.
        totals = {"finished_at": datetime.now(UTC), "dpu_hours_estimate": 2 * max(60.0, seconds) / 3600}
        self.record([{**table, **totals} for table in tables])
        return {
            "job": self.job,
            "run_id": self.run_id,
            "lake": self.parameters["lake"],
            "seconds": seconds,
            **totals,
            "tables": tables,
        }

    def kept_rows_hint(self, table: Table) -> str:
        """How to read the rows of a refused table."""
        lake = self.parameters["lake"]
        return f"its rows are kept: weir show --lake {lake} --table {table.name} --run {self.run_id}"

    def unfinished_runs(self, hours: int) -> list[Row]:
        """Other runs without a recorded end that started in the last hours, or after this run.

        Runs nested in this one are left out.
        """
        since = min(datetime.now(UTC) - timedelta(hours=hours), self.started_at)
        recent = self.lake.spark.table(f"lake.{RUNS.name}").filter(F.col("started_at") > F.lit(since))
        others = (
            recent.filter(~F.startswith("run_id", F.lit(self.run_id)))
            .groupBy("run_id", "job")
            .agg(F.max("finished_at").alias("finished_at"))
        )
        return others.filter("finished_at IS NULL").orderBy("run_id").collect()

    def rejection_rates(self, table: Table, since: date, read: int, rejected: int) -> DataFrame:
        """The rejected rows per 10,000 read, as `value`, by UTC `day` of the clock, including those of this run."""
        recorded = self.lake.spark.table(f"lake.{RUNS.name}").filter(
            (F.col("started_at") >= F.lit(since)) & (F.col("table") == table.name)
        )
        earlier = recorded.filter("status = 'published' AND rows_read > 0").select(
            F.to_date("clock").alias("day"), "rows_read", "rows_rejected"
        )
        this_run = (
            one_row(self.lake.spark)
            .select(F.lit(self.clock.date()), F.lit(read), F.lit(rejected))
            .toDF(*earlier.columns)
        )
        rate = (F.sum("rows_rejected") * 10_000 / F.sum("rows_read")).cast("double")
        return earlier.unionByName(this_run).filter("rows_read > 0").groupBy("day").agg(rate.alias("value"))

    def files(self, table: Table) -> list[Row]:
        """All records of the delivered files of a table, oldest first."""
        recorded = self.lake.spark.table(f"lake.{FILES.name}").filter(f"`table` = '{table.name}'")
        return recorded.orderBy("recorded_at").collect()

    def record_files(self, table: Table, files: Iterable[Mapping[str, Any]]) -> None:
        """Append the files with their states. The run id is that of this run unless a file has another."""
        fixed = {"table": table.name, "recorded_at": datetime.now(UTC)}
        rows = [{"run_id": self.run_id, **file, **fixed} for file in files]
        self.lake.append(FILES, local_frame(self.lake.spark, FILES, rows))

    def parameters_of(self, run_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The parameters of earlier runs by run id. Unknown runs are left out."""
        recorded = (
            self.lake.spark.table(f"lake.{RUNS.name}")
            .filter(F.col("run_id").isin(*run_ids))
            .select("run_id", "parameters_json")
            .distinct()
        )
        return {row.run_id: json.loads(row.parameters_json) for row in recorded.collect()}

    def export_folders(self) -> list[str]:
        """The folders that runs exported tables to."""
        folder = F.get_json_object("parameters_json", "$.export").alias("folder")
        folders = self.lake.spark.table(f"lake.{RUNS.name}").select(folder).filter("folder IS NOT NULL").distinct()
        return sorted(row.folder for row in folders.collect())

    def required_parameters(self, run_ids: Set[str]) -> dict[str, dict[str, Any]]:
        """The parameters of earlier runs by run id. Raises BadLake if a run is unknown."""
        parameters = self.parameters_of(run_ids) if run_ids else {}
        if unknown := run_ids - parameters.keys():
            raise BadLake(
                f"the ledger has no run {min(unknown)}, whose files have to be read again; run lake.rebuild_ledger"
            )
        return parameters

    def forgotten_hashes(self, table: Table) -> dict[str, list[str]]:
        """The salted hashes, by salt, of the persons erased from the domain of the table."""
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
        """Record the erasure of a person from the domain of the table, as a salted hash."""
        self.lake.ensure(FORGOTTEN)
        known = self.forgotten_hashes(table)
        salt = next(iter(known), secrets.token_hex(16))
        digest = hashlib.sha256(f"{salt}{table.normalise_person(person)}".encode()).hexdigest()
        if digest not in known.get(salt, []):
            row = {
                "domain": table.domain,
                "hash": digest,
                "salt": salt,
                "forgotten_at": datetime.now(UTC),
                "run_id": self.run_id,
            }
            self.lake.append(FORGOTTEN, local_frame(self.lake.spark, FORGOTTEN, [row]))

    def record(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append rows to ops.runs, `parameters` as JSON. Values missing from a row are those of this run."""
        defaults = {
            "run_id": self.run_id,
            "job": self.job,
            "runtime_line": self.line,
            "parameters": self.parameters,
            "started_at": self.started_at,
            "clock": self.clock,
        }
        complete = [{**defaults, **row} for row in rows]
        with_json = [{**row, "parameters_json": _to_json(row["parameters"])} for row in complete]
        # Without a Spark job, for which a stopped run may have no free executor in time.
        self.lake.append_rows(RUNS, [{name: row.get(name) for name in RUNS.names} for row in with_json])


def _to_json(parameters: Mapping[str, Any]) -> str:
    values = {name: _masked(value) for name, value in parameters.items()}
    return json.dumps(values, default=str, sort_keys=True)


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return mask(value) if isinstance(value, str) else value
