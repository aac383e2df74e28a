"""Apply CDC files to a table: python -m benchmarks.changes [--rows 1000000] [--changes 100000] [--contestants weir …].

Each contestant loads the table once. Then they apply the same three change files one by one, each in its own process,
taking turns: inserts, updates and deletes of random rows, including several updates of one row and none of a deleted
row. `merge` is a MERGE of the last change of each key on Iceberg; `duckdb` does the same on a Parquet file. All must
end with the same rows.
Several values of --rows show the cost of a larger table. Linux only.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from pyiceberg.table import StaticTable

from benchmarks.daily import become_subreaper, measure, medians, print_table

TURNS = 3
TABLE = "accounts"
COLUMNS = "id, customer, CAST(created_at AS TIMESTAMP) AS created_at, status, amount, currency, note"
_ROW = """
    {id}::BIGINT AS id, 'customer ' || hash({id} + {salt}) % 100000 AS customer,
    TIMESTAMP '2019-01-01' + to_seconds({id} % 20000000) AS created_at,
    ['new', 'paid', 'sent', 'returned'][(hash({id} * 3 + {salt}) % 4 + 1)::INT] AS status,
    ((hash({id} + {salt}) % 1000000) / 100)::DECIMAL(18, 2) AS amount,
    'EUR' AS currency, md5(({id} + {salt})::VARCHAR) AS note
"""


def write_load(folder: Path, rows: int) -> Path:
    """Write the full load."""
    file = folder / "LOAD00000001.parquet"
    duckdb.sql(f"COPY (SELECT {_ROW.format(id='range', salt=0)} FROM range({rows})) TO '{file}' (FORMAT parquet)")
    return file


def write_changes(folder: Path, rows: int, changes: int, number: int) -> Path:
    """Write a change file: one in ten is a delete, one an insert, the others are updates of random loaded rows.

    Deletes take keys that are multiples of ten, each once, and updates all others.
    """
    file = folder / f"20200101-1{number}0000000.parquet"
    offset = f"range + {number * changes}"
    operation = "CASE range % 10 WHEN 0 THEN 'D' WHEN 1 THEN 'I' ELSE 'U' END"
    updated = f"(hash({offset}) % {rows // 10} * 10 + 1 + hash({offset} * 7) % 9)::BIGINT"
    key = f"CASE op WHEN 'I' THEN {rows} + {offset} WHEN 'D' THEN ({offset}) * 7 % {rows} ELSE {updated} END"
    changes_sql = f"SELECT {operation} AS op, {key} AS key, {offset} AS position FROM range({changes})"
    duckdb.sql(
        f'COPY (SELECT op AS "Op", TIMESTAMP \'2020-01-01\' + to_milliseconds(position) AS "TIMESTAMP", '
        f"{_ROW.format(id='key', salt='position')}, lpad(position::VARCHAR, 35, '0') AS \"AR_H_CHANGE_SEQ\" "
        f"FROM ({changes_sql}) ORDER BY position) TO '{file}' (FORMAT parquet)"
    )
    return file


def weir_command(source: Path, output: Path) -> list[str]:
    options = ["--table", TABLE, "--keys", "id", "--lake", str(output), "--summary_json", f"{output}.json"]
    return ["-m", "jobs", "cdc.apply", "--input", str(source), *options]


def other_command(module: str, source: Path, output: Path) -> list[str]:
    return ["-m", module, str(source), str(output)]


CONTESTANTS: Mapping[str, Callable[[Path, Path], list[str]]] = {
    "weir": weir_command,
    "merge": partial(other_command, "benchmarks.in_merge"),
    "duckdb": partial(other_command, "benchmarks.merge_in_duckdb"),
}


def rows_of(name: str, output: Path) -> duckdb.DuckDBPyRelation:
    """The rows of the table of a contestant."""
    if name == "duckdb":
        return duckdb.sql(f"SELECT {COLUMNS} FROM '{output}/table.parquet'")
    folder = output / ("warehouse/cdc" if name == "weir" else "shop") / TABLE / "metadata"
    newest = max(folder.glob("*.metadata.json"), key=lambda file: file.stat().st_mtime_ns)
    current = StaticTable.from_metadata(str(newest)).scan().to_arrow()  # noqa: F841  (named in the query)
    return duckdb.sql(f"SELECT {COLUMNS} FROM current")


def run(rows: int, changes: int, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Run all contestants and return their medians."""
    with tempfile.TemporaryDirectory(dir=".weir") as temporary:
        folder = Path(temporary).absolute()
        outputs, source = {name: folder / name for name in names}, folder / "source"
        source.mkdir()
        write_load(source, rows)
        for name, output in outputs.items():
            print(
                f"{name} loads {rows:,} rows: {measure(CONTESTANTS[name](source, output), output)['wall']:.1f} s",
                flush=True,
            )
        rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for turn in range(TURNS):
            write_changes(source, rows, changes, turn)
            for name, output in outputs.items():
                before = sum(file.stat().st_size for file in output.rglob("*.parquet"))
                usage = measure(CONTESTANTS[name](source, output), output)
                usage["written_mb"] -= 0 if name == "duckdb" else before / 2**20
                rounds[name].append(usage)
                print(
                    f"{name:20}{usage['wall']:8.1f} s{usage['cpu']:8.1f} cpu s{usage['written_mb']:8.1f} MB written",
                    flush=True,
                )
        results = {name: set(rows_of(name, output).fetchall()) for name, output in outputs.items()}
        first = results[names[0]]
        mismatches = {name: len(first ^ rows_found) for name, rows_found in results.items() if rows_found != first}
        print(f"{len(first):,} rows; rows that differ from those of {names[0]}: {mismatches or 'none'}")
        return {name: medians(turns) for name, turns in rounds.items()}


def main(rows: Sequence[int], changes: int, names: Sequence[str]) -> None:
    become_subreaper()
    duckdb.sql("SET TimeZone = 'UTC'")
    for count in rows:
        results = run(count, changes, names)
        print(f"\n{changes:,} changes of {count:,} rows", end="")
        print_table(results)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    arguments = parser.parse_args()
    main(arguments.rows, arguments.changes, arguments.contestants)
