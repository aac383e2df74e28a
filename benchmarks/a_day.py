"""Measure one more day on lakes of different age: python -m benchmarks.a_day [--days 60 240] [--rows_per_day 170000].

The same three newest days are ingested one by one on each lake, in cold processes, alternating between lakes; DuckDB
does the same days on tables of its own. Prints medians of wall and CPU seconds, of the steps of a run, the ratio of the
oldest lake to the youngest, and the rows in which Weir and DuckDB differ. Linux only.
"""

import argparse
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.agreement import count_differences
from benchmarks.daily import become_subreaper, measure, medians, other_command, print_table
from jobs.ecommerce.daily import JOB as DAILY
from jobs.samples.shop_events import shop_events

NEWEST = date(2020, 12, 31)
NEWEST_DAYS = [NEWEST - timedelta(days=2), NEWEST - timedelta(days=1), NEWEST]


def run(folder: Path) -> dict[str, Any]:
    lake = folder / "lake"
    command = ["-m", "jobs", "ecommerce.daily", "--input", f"{folder}/input", "--lake", str(lake)]
    return measure([*command, "--summary_json", f"{lake}.json"], lake)


def run_in_duckdb(folder: Path, day: date) -> dict[str, Any]:
    output = folder / "duckdb"
    return measure(["-m", "benchmarks.day_in_duckdb", f"{folder}/input/{day}.csv", str(output), str(day)], output)


def build_lake(folder: Path, days: int, rows_per_day: int) -> None:
    """Build a lake and DuckDB's tables with all days but the newest, whose files go to the folder `later`."""
    shop_events(str(folder / "input"), days * rows_per_day, days, NEWEST - timedelta(days=days - 1), 1, False)
    (folder / "later").mkdir()
    for day in NEWEST_DAYS:
        (folder / "input" / f"{day}.csv").rename(folder / "later" / f"{day}.csv")
    print(f"a lake of {days} days: {run(folder)['wall']:.1f} s", flush=True)
    output = folder / "duckdb"
    measure(other_command("benchmarks.in_duckdb", folder / "input", output, NEWEST_DAYS[0]), output)


def main(days: list[int], rows_per_day: int) -> None:
    become_subreaper()
    with tempfile.TemporaryDirectory(dir=".weir") as temporary:
        folders = {age: Path(temporary).absolute() / str(age) for age in days}
        rounds: dict[str, list[dict[str, Any]]] = {}
        for age, folder in folders.items():
            folder.mkdir()
            build_lake(folder, age, rows_per_day)
        for day in NEWEST_DAYS:
            for age, folder in folders.items():
                shutil.move(folder / "later" / f"{day}.csv", folder / "input")
                rounds.setdefault(f"{age} days", []).append(run(folder))
                rounds.setdefault(f"DuckDB, {age}", []).append(run_in_duckdb(folder, day))
        tables = [job.writes for job in DAILY.jobs]
        for age, folder in folders.items():
            differences = count_differences(folder / "lake", folder / "duckdb", tables)
            print(f"{age} days, differing rows: {sum(differences.values())} in {len(differences)} tables")
    results = {name: medians(turns) for name, turns in rounds.items()}
    print_table(results)
    youngest, oldest = (results[f"{age} days"] for age in (days[0], days[-1]))
    print("oldest / youngest: " + ", ".join(f"{name} {oldest[name] / youngest[name]:.2f}" for name in ("wall", "cpu")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, nargs="+", default=[60, 240])
    parser.add_argument("--rows_per_day", type=int, default=170_000)
    arguments = parser.parse_args()
    main(arguments.days, arguments.rows_per_day)
