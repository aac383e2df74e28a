"""Changes of a source applied to a table: python -m benchmarks.changes [--rows 1000000] [--changes 100000] [--contestants weir merge duckdb].

The table is loaded once by each contestant. Then all of them apply the same three files of changes one by one, each in a process of its
own, in turns: inserts, updates and deletes of any rows, several of one row among them. `merge` is the MERGE of the last change of each
key, on Iceberg; `duckdb` does the same on a file of Parquet. All must end with the same rows. Several sizes show what a larger table costs.
Linux only.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from pyiceberg.table import StaticTable

from benchmarks.daily import measured, medians, reap, shown

TURNS = 3
TABLE = "accounts"
COLUMNS = "id, customer, CAST(created_at AS TIMESTAMP) AS created_at, status, amount, currency, note"
_ROW = """
    {id}::BIGINT AS id, 'customer ' || hash({id} + {salt}) % 100000 AS customer, TIMESTAMP '2019-01-01' + to_seconds({id} % 20000000) AS created_at,
    ['new', 'paid', 'sent', 'returned'][(hash({id} * 3 + {salt}) % 4 + 1)::INT] AS status, ((hash({id} + {salt}) % 1000000) / 100)::DECIMAL(18, 2) AS amount,
    'EUR' AS currency, md5(({id} + {salt})::VARCHAR) AS note
"""


def load(folder: Path, rows: int) -> Path:
    """The table as it is at first."""
    file = folder / "LOAD00000001.parquet"
    duckdb.sql(f"COPY (SELECT {_ROW.format(id='range', salt=0)} FROM range({rows})) TO '{file}' (FORMAT parquet)")
    return file


def deltas(folder: Path, rows: int, changes: int, number: int) -> Path:
    """One change in ten a delete, one an insert, the others updates of any rows that were loaded."""
    file = folder / f"20200101-1{number}0000000.parquet"
    at = f"range + {number * changes}"
    which = f"CASE hash(range + {number}) % 10 WHEN 0 THEN 'D' WHEN 1 THEN 'I' ELSE 'U' END"
    keyed = f"SELECT {which} AS op, CASE op WHEN 'I' THEN {rows} + {at} ELSE (hash({at} * 7) % {rows})::BIGINT END AS key, {at} AS place FROM range({changes})"
    duckdb.sql(
        f'COPY (SELECT op AS "Op", TIMESTAMP \'2020-01-01\' + to_milliseconds(place) AS "TIMESTAMP", {_ROW.format(id="key", salt="place")}, '
        f"lpad(place::VARCHAR, 35, '0') AS \"AR_H_CHANGE_SEQ\" FROM ({keyed}) ORDER BY place) TO '{file}' (FORMAT parquet)"
    )
    return file


def weir(given: Path, output: Path) -> list[str]:
    how = ["--table", TABLE, "--keys", "id", "--lake", str(output), "--summary_json", f"{output}.json"]
    return ["-m", "jobs", "cdc.apply", "--input", str(given), *how]


def other(module: str, given: Path, output: Path) -> list[str]:
    return ["-m", module, str(given), str(output)]


CONTESTANTS: Mapping[str, Callable[[Path, Path], list[str]]] = {
    "weir": weir,
    "merge": partial(other, "benchmarks.in_merge"),
    "duckdb": partial(other, "benchmarks.merge_in_duckdb"),
}


def rows_of(name: str, output: Path) -> duckdb.DuckDBPyRelation:
    """What a contestant has in the end."""
    if name == "duckdb":
        return duckdb.sql(f"SELECT {COLUMNS} FROM '{output}/table.parquet'")
    folder = output / ("warehouse/cdc" if name == "weir" else "shop") / TABLE / "metadata"
    newest = max(folder.glob("*.metadata.json"), key=lambda file: file.stat().st_mtime_ns)
    told = StaticTable.from_metadata(str(newest)).scan().to_arrow()  # noqa: F841  (named in the query)
    return duckdb.sql(f"SELECT {COLUMNS} FROM told")


def run(rows: int, changes: int, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The medians of each contestant."""
    with tempfile.TemporaryDirectory(dir=".weir") as place:
        folder = Path(place).absolute()
        outputs, given = {name: folder / name for name in names}, folder / "given"
        given.mkdir()
        load(given, rows)
        for name, output in outputs.items():
            print(
                f"{name} loads {rows:,} rows: {measured(CONTESTANTS[name](given, output), output)['wall']:.1f} s",
                flush=True,
            )
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for turn in range(TURNS):
            deltas(given, rows, changes, turn)
            for name, output in outputs.items():
                before = sum(file.stat().st_size for file in output.rglob("*.parquet"))
                spent = measured(CONTESTANTS[name](given, output), output)
                spent["written_mb"] -= 0 if name == "duckdb" else before / 2**20
                found[name].append(spent)
                print(
                    f"{name:20}{spent['wall']:8.1f} s{spent['cpu']:8.1f} cpu s{spent['written_mb']:8.1f} MB written",
                    flush=True,
                )
        answers = {name: set(rows_of(name, output).fetchall()) for name, output in outputs.items()}
        first = answers[names[0]]
        unlike = {name: len(first ^ answer) for name, answer in answers.items() if answer != first}
        print(f"{len(first):,} rows; unlike those of {names[0]}: {unlike or 'none'}")
        return {name: medians(turns) for name, turns in found.items()}


def main(rows: Sequence[int], changes: int, names: Sequence[str]) -> None:
    reap()
    duckdb.sql("SET TimeZone = 'UTC'")
    for count in rows:
        told = run(count, changes, names)
        print(f"\n{changes:,} changes of {count:,} rows", end="")
        shown(told)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    asked = parser.parse_args()
    main(asked.rows, asked.changes, asked.contestants)
