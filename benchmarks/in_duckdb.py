"""The daily work of the shop in DuckDB, as somebody would write it for one machine: python -m benchmarks.in_duckdb INPUT OUTPUT AS_OF CLOCK.

The same tables, the same problems of rows, and what every suite asks; no history, no publication, no second run. Prints the seconds of
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
WRITTEN = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"


def main(given: str, output: str, as_of: str, clock: str) -> None:
    seconds, began = dict[str, float](), time.perf_counter()

    def passed(phase: str) -> None:
        nonlocal began
        seconds[phase], began = time.perf_counter() - began, time.perf_counter()

    database = duckdb.connect()
    database.execute("SET threads = 2; SET preserve_insertion_order = false")
    for name, value in {
        "input": f"'{given}/*.csv'",
        "as_of": f"TIMESTAMP '{as_of}'",
        "clock": f"TIMESTAMP '{clock}'",
    }.items():
        database.execute(f"SET VARIABLE {name} = {value}")
    database.execute((SQL / "macros.sql").read_text())
    Path(output).mkdir(parents=True)
    passed("start")
    for job in DAILY.jobs:
        database.execute((SQL / f"{job.writes.stem}.sql").read_text())
        for table in job.tables:
            where, how = (
                (table.stem, f"{WRITTEN}, PARTITION_BY (day)") if table.time else (f"{table.stem}.parquet", WRITTEN)
            )
            database.execute(f"COPY {table.stem} TO '{output}/{where}' ({how})")
        passed(job.writes.stem)
    suites_in_duckdb.prepare(database)
    unmet = {
        table.stem: found
        for job in DAILY.jobs
        for table in job.tables
        if (found := suites_in_duckdb.unmet(database, table))
    }
    passed("gates")
    print(json.dumps({"seconds_of": seconds, "unmet": unmet}))


if __name__ == "__main__":
    main(*sys.argv[1:])
