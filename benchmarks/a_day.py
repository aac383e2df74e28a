"""What one more day takes on lakes of different age, in cold processes: python -m benchmarks.a_day [--days 60 240] [--rows_per_day 170000].

The same three newest days are taken one by one on each lake, in turns. Prints medians of the clock's and the processor's seconds, of the
steps of a run, and the ratio of the oldest lake to the youngest. Linux only.
"""

import argparse
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.daily import measured, medians, reap, shown
from jobs.samples.shop_events import shop_events

NEWEST = date(2020, 12, 31)
TURNS = 3


def run(folder: Path) -> dict[str, Any]:
    lake = folder / "lake"
    return measured(
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


def lake_of(folder: Path, days: int, rows_per_day: int) -> list[Path]:
    """A lake that has all days but the newest, and the files of those."""
    shop_events(str(folder / "input"), days * rows_per_day, days, NEWEST - timedelta(days=days - 1), 1, False)
    (folder / "later").mkdir()
    newest = [path.rename(folder / "later" / path.name) for path in sorted((folder / "input").glob("*.csv"))[-TURNS:]]
    print(f"a lake of {days} days: {run(folder)['wall']:.1f} s", flush=True)
    return newest


def main(days: list[int], rows_per_day: int) -> None:
    reap()
    with tempfile.TemporaryDirectory(dir=".weir") as place:
        folders = {age: Path(place).absolute() / str(age) for age in days}
        for folder in folders.values():
            folder.mkdir()
        newest = {age: lake_of(folder, age, rows_per_day) for age, folder in folders.items()}
        found: dict[int, list[dict[str, Any]]] = {age: [] for age in days}
        for turn in range(TURNS):
            for age, folder in folders.items():
                shutil.move(newest[age][turn], folder / "input")
                found[age].append(run(folder))
    told = [medians(turns) for turns in found.values()]
    shown({f"{age} days": one for age, one in zip(found, told, strict=True)})
    print(
        f"oldest / youngest: wall {told[-1]['wall'] / told[0]['wall']:.2f}, cpu {told[-1]['cpu'] / told[0]['cpu']:.2f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, nargs="+", default=[60, 240])
    parser.add_argument("--rows_per_day", type=int, default=170_000)
    asked = parser.parse_args()
    main(asked.days, asked.rows_per_day)
