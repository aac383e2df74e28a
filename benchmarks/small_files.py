"""Compare a thousand small files with one large file: python -m benchmarks.small_files [--rows 1000000] [--turns 3].

The content is the same. Runs the daily job on an empty lake, in cold processes, taking turns. Prints medians of wall
and CPU seconds, their ratios, and the largest number of files per day of clean_events afterwards. Linux only.
"""

import argparse
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.daily import become_subreaper, measure, medians, prepare_input, weir_command

FILES = 1000


def split(source: Path, folder: Path, files: int) -> Path:
    """Distribute the lines of the files in `source`, in order, over `files` files."""
    folder.mkdir()
    paths = sorted(source.glob("*.csv"))
    header = paths[0].open("rb").readline()
    lines = (line for path in paths for line in islice(path.open("rb"), 1, None))
    lines_per_file = -(-sum(len(path.read_bytes().splitlines()) - 1 for path in paths) // files)
    for number in range(files):
        (folder / f"{number:04}.csv").write_bytes(header + b"".join(islice(lines, lines_per_file)))
    return folder


def main(rows: int, turns: int) -> None:
    become_subreaper()
    source, end = prepare_input(rows)
    rounds: dict[int, list[dict[str, Any]]] = {1: [], FILES: []}
    with tempfile.TemporaryDirectory(dir=source.parent) as temporary:
        inputs = {files: split(source, Path(temporary) / f"of_{files}", files) for files in rounds}
        for turn in range(turns):
            for files, usages in rounds.items():
                lake = Path(temporary) / f"lake_{files}_{turn}"
                usages.append(measure(weir_command("jobs", inputs[files], lake, end), lake))
                days = Counter(
                    path.parent
                    for path in (lake / "warehouse" / "ecommerce" / "clean_events" / "data").rglob("*.parquet")
                )
                summary = f"{usages[-1]['wall']:.1f} s, {usages[-1]['cpu']:.1f} cpu s"
                print(f"{files:5} files: {summary}, at most {max(days.values())} files of a day", flush=True)
    one, many = (medians(usages) for usages in rounds.values())
    print(f"medians, many / one: wall {many['wall'] / one['wall']:.2f}, cpu {many['cpu'] / one['cpu']:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    main(arguments.rows, arguments.turns)
