"""A thousand small files against one of the same bytes: python -m benchmarks.small_files [--rows 1000000] [--turns 3].

The daily job into an empty lake, cold processes in turns. Prints medians of the clock's and the processor's seconds, their ratios, and the
most files that a day of clean_events has afterwards. Linux only.
"""

import argparse
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.daily import measured, medians, prepared, reap, weir

FILES = 1000


def split(source: Path, folder: Path, files: int) -> Path:
    """The lines of the files of `source`, in their order, as so many files."""
    folder.mkdir()
    paths = sorted(source.glob("*.csv"))
    header = paths[0].open("rb").readline()
    lines = (line for path in paths for line in islice(path.open("rb"), 1, None))
    most = -(-sum(len(path.read_bytes().splitlines()) - 1 for path in paths) // files)
    for number in range(files):
        (folder / f"{number:04}.csv").write_bytes(header + b"".join(islice(lines, most)))
    return folder


def main(rows: int, turns: int) -> None:
    reap()
    source, end = prepared(rows)
    found: dict[int, list[dict[str, Any]]] = {1: [], FILES: []}
    with tempfile.TemporaryDirectory(dir=source.parent) as place:
        given = {files: split(source, Path(place) / f"of_{files}", files) for files in found}
        for turn in range(turns):
            for files, spent in found.items():
                lake = Path(place) / f"lake_{files}_{turn}"
                spent.append(measured(weir("jobs", given[files], lake, end), lake))
                days = Counter(
                    path.parent
                    for path in (lake / "warehouse" / "ecommerce" / "clean_events" / "data").rglob("*.parquet")
                )
                told = f"{spent[-1]['wall']:.1f} s, {spent[-1]['cpu']:.1f} cpu s, at most {max(days.values())} files of a day"
                print(f"{files:5} files: {told}", flush=True)
    one, many = (medians(spent) for spent in found.values())
    print(f"medians, many / one: wall {many['wall'] / one['wall']:.2f}, cpu {many['cpu'] / one['cpu']:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    main(asked.rows, asked.turns)
