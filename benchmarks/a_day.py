"""Measure one more day on lakes of different age: python -m benchmarks.a_day [--days 60 240] [--rows_per_day 170000].

The same three newest days are ingested one by one on each lake, in cold processes, alternating between lakes. Prints
medians of wall and CPU seconds, of the steps of a run, and the ratio of the oldest lake to the youngest. Linux only.
"""

import argparse
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.daily import become_subreaper, measure, medians, print_table
from jobs.samples.shop_events import shop_events

NEWEST = date(2020, 12, 31)
TURNS = 3


def run(folder: Path) -> dict[str, Any]:
    lake = folder / "lake"
    return measure(
        [
            "-m",
            "jobs",
            "ecommerce.daily",
            "--input",
            f"{folder}/input",
            "--lake",
            str(lake),
            "--summary_json",
            f"{lake}.json",
        ],
        lake,
    )


def build_lake(folder: Path, days: int, rows_per_day: int) -> list[Path]:
    """Build a lake with all days but the newest, and return the files of the newest days."""
    shop_events(str(folder / "input"), days * rows_per_day, days, NEWEST - timedelta(days=days - 1), 1, False)
    (folder / "later").mkdir()
    newest = [path.rename(folder / "later" / path.name) for path in sorted((folder / "input").glob("*.csv"))[-TURNS:]]
    print(f"a lake of {days} days: {run(folder)['wall']:.1f} s", flush=True)
    return newest


def main(days: list[int], rows_per_day: int) -> None:
    become_subreaper()
    with tempfile.TemporaryDirectory(dir=".weir") as temporary:
        folders = {age: Path(temporary).absolute() / str(age) for age in days}
        for folder in folders.values():
            folder.mkdir()
        newest = {age: build_lake(folder, age, rows_per_day) for age, folder in folders.items()}
        rounds: dict[int, list[dict[str, Any]]] = {age: [] for age in days}
        for turn in range(TURNS):
            for age, folder in folders.items():
                shutil.move(newest[age][turn], folder / "input")
                rounds[age].append(run(folder))
    results = [medians(turns) for turns in rounds.values()]
    print_table({f"{age} days": result for age, result in zip(rounds, results, strict=True)})
    print(
        f"oldest / youngest: wall {results[-1]['wall'] / results[0]['wall']:.2f}, cpu "
        f"{results[-1]['cpu'] / results[0]['cpu']:.2f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, nargs="+", default=[60, 240])
    parser.add_argument("--rows_per_day", type=int, default=170_000)
    arguments = parser.parse_args()
    main(arguments.days, arguments.rows_per_day)
