"""The shop's daily pipeline in DuckDB, for one machine: python -m benchmarks.in_duckdb INPUT OUTPUT AS_OF CLOCK.

The same tables, row problems and suites; no history, no atomic publication, no incremental runs. Prints the seconds of
each phase as JSON.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

from benchmarks import suites_in_duckdb
from jobs.ecommerce.daily import JOB as DAILY

SQL = Path(__file__).parent / "sql"
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"


def main(source: str, output: str, as_of: str, clock: str) -> None:
    seconds, started = dict[str, float](), time.perf_counter()

    def end_phase(phase: str) -> None:
        nonlocal started
        seconds[phase], started = time.perf_counter() - started, time.perf_counter()

    database = duckdb.connect()
    database.execute("SET threads = 2; SET preserve_insertion_order = false")
    for name, value in {
        "input": f"'{source}/*.csv'",
        "as_of": f"TIMESTAMP '{as_of}'",
        "clock": f"TIMESTAMP '{clock}'",
    }.items():
        database.execute(f"SET VARIABLE {name} = {value}")
    database.execute((SQL / "macros.sql").read_text())
    Path(output).mkdir(parents=True)
    end_phase("start")
    for job in DAILY.jobs:
        database.execute((SQL / f"{job.writes.stem}.sql").read_text())
        for table in job.tables:
            target, options = (
                (table.stem, f"{PARQUET}, PARTITION_BY (day)") if table.time else (f"{table.stem}.parquet", PARQUET)
            )
            database.execute(f"COPY {table.stem} TO '{output}/{target}' ({options})")
        end_phase(job.writes.stem)
    suites_in_duckdb.prepare(database)
    failed_expectations = {
        table.stem: names
        for job in DAILY.jobs
        for table in job.tables
        if (names := suites_in_duckdb.failed_expectations(database, table))
    }
    end_phase("gates")
    print(json.dumps({"seconds_of": seconds, "unmet": failed_expectations}))


if __name__ == "__main__":
    main(*sys.argv[1:])
