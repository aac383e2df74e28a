"""Time from process start to the end of the first Spark job: python -m benchmarks.start [--turns 5].

The process imports the daily job, opens a new lake and counts one row. Prints the best and the median wall seconds.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time

FIRST_JOB = """
import sys
from jobs.ecommerce.daily import JOB
from jobs.runtime.spark import session
print(session.start(session.catalog_settings(sys.argv[1], None)).range(1).count(), flush=True)
"""


def seconds(lake: str) -> float:
    started = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", FIRST_JOB, lake], stdout=subprocess.PIPE, text=True) as process:
        if not process.stdout or process.stdout.readline() != "1\n":
            raise SystemExit("the Spark job did not finish")
        return time.monotonic() - started


def main(turns: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        turns_seconds = [seconds(f"{place}/{turn}") for turn in range(turns)]
    print(f"best {min(turns_seconds):.2f} s, median {statistics.median(turns_seconds):.2f} s of {turns}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    main(parser.parse_args().turns)
