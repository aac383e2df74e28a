"""The same MERGE in DuckDB, on one Parquet file: python -m benchmarks.merge_in_duckdb <folder> <output>."""

import json
import sys
import time
from pathlib import Path

import duckdb

started = time.monotonic()
source, output = Path(sys.argv[1]), Path(sys.argv[2])
files, table = sorted(source.glob("2*.parquet")), output / "table.parquet"
output.mkdir(exist_ok=True)
if files:
    duckdb.sql(f"CREATE TABLE accounts AS FROM '{table}'")
    duckdb.sql(
        f"""
        MERGE INTO accounts AS target
        USING (FROM '{files[-1]}' QUALIFY row_number() OVER (PARTITION BY id ORDER BY "TIMESTAMP" DESC) = 1) AS new
        ON target.id = new.id
        WHEN MATCHED AND new."Op" = 'D' THEN DELETE
        WHEN MATCHED THEN UPDATE SET customer = new.customer, created_at = new.created_at, status = new.status,
            amount = new.amount, currency = new.currency, note = new.note
        WHEN NOT MATCHED AND new."Op" <> 'D' THEN
            INSERT (id, customer, created_at, status, amount, currency, note)
            VALUES (new.id, new.customer, new.created_at, new.status, new.amount, new.currency, new.note)
        """
    )
    duckdb.sql(f"COPY accounts TO '{table}' (FORMAT parquet, COMPRESSION zstd)")
else:
    duckdb.sql(f"COPY (FROM '{source}/LOAD00000001.parquet') TO '{table}' (FORMAT parquet, COMPRESSION zstd)")
print(json.dumps({"seconds_of": {"all": time.monotonic() - started}}))
