"""From the start of a process to the end of its first Spark job: python -m benchmarks.start [--turns 5].

A process that knows all of the daily job, opens a new lake and counts one row. Prints the best and the median of the clock's seconds.
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
from jobs.runtime import session
print(session.start(session.catalog(sys.argv[1], None)).range(1).count(), flush=True)
"""


def seconds(lake: str) -> float:
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", FIRST_JOB, lake], stdout=subprocess.PIPE, text=True) as process:
        if not process.stdout or process.stdout.readline() != "1\n":
            raise SystemExit("no job was done")
        return time.monotonic() - began


def main(turns: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        found = [seconds(f"{place}/{turn}") for turn in range(turns)]
    print(f"best {min(found):.2f} s, median {statistics.median(found):.2f} s of {turns}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    main(parser.parse_args().turns)
