"""The daily job on clusters of one and two one-core workers: python -m benchmarks.scaling [--rows 5000000] [--turns 3].

Cold processes, taking turns; the driver is a third process on the same machine. Prints median wall seconds and their
ratio.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.cluster import cluster
from benchmarks.daily import fixed_times, prepare_input

WORKERS = (1, 2)


def seconds(folder: Path, rows: int, workers: int) -> float:
    source, end = prepare_input(rows)
    with cluster(folder, workers) as spark:
        run, started = spark.submit(folder / "job", source, *fixed_times(end)), time.monotonic()
        if run.wait():
            raise SystemExit((folder / "job" / "log").read_text())
        return time.monotonic() - started


def main(rows: int, turns: int) -> None:
    samples: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    for _ in range(turns):
        for workers, seconds_per_turn in samples.items():
            with tempfile.TemporaryDirectory() as folder:
                seconds_per_turn.append(seconds(Path(folder), rows, workers))
            print(f"{workers} workers{seconds_per_turn[-1]:8.1f} s", flush=True)
    one, two = (statistics.median(seconds_per_turn) for seconds_per_turn in samples.values())
    print(f"medians: {one:.1f} s and {two:.1f} s, {one / two:.2f} times as fast")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    main(arguments.rows, arguments.turns)
