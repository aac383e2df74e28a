"""The daily job on clusters of one and of two workers of one core: python -m benchmarks.scaling [--rows 5000000] [--turns 3].

In turns, cold processes; the driver is a third process on the same machine. Prints medians of the clock's seconds and their ratio.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.cluster import cluster
from benchmarks.daily import prepared, until

WORKERS = (1, 2)


def seconds(place: Path, rows: int, workers: int) -> float:
    given, end = prepared(rows)
    with cluster(place, workers) as spark:
        run, began = spark.submit(place / "job", given, *until(end)), time.monotonic()
        if run.wait():
            raise SystemExit((place / "job" / "log").read_text())
        return time.monotonic() - began


def main(rows: int, turns: int) -> None:
    found: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    for _ in range(turns):
        for workers, spent in found.items():
            with tempfile.TemporaryDirectory() as place:
                spent.append(seconds(Path(place), rows, workers))
            print(f"{workers} workers{spent[-1]:8.1f} s", flush=True)
    one, two = (statistics.median(spent) for spent in found.values())
    print(f"medians: {one:.1f} s and {two:.1f} s, {one / two:.2f} times as fast")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    main(asked.rows, asked.turns)
