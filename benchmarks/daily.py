"""Compare the daily job with DuckDB and with a naive PySpark baseline: make bench ROWS=5_000_000.

The data is generated once. Then the contestants process it in separate processes and take turns, so that a slow moment
of the machine affects all of them. Measures wall and CPU seconds, peak memory of a process, bytes written and phases;
prints medians and ratios. Weir and DuckDB must agree on every row of every table. Linux only.
"""

import argparse
import ctypes
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.agreement import count_differences, max_total_difference
from jobs.ecommerce.daily import JOB as DAILY
from jobs.samples.shop_events import shop_events

ROWS_A_DAY = 170_000
START = date(2019, 10, 1)
RESULTS = Path(__file__).parent / "results"
_PR_SET_CHILD_SUBREAPER = 36


def prepare_input(rows: int) -> tuple[Path, date]:
    """Generate the input files if they do not exist. Returns their folder and the day after the last."""
    days = max(2, round(rows / ROWS_A_DAY))
    folder, end = Path(".weir") / "bench" / str(rows), START + timedelta(days=days)
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        print(shop_events(str(unfinished), rows, days, START, 1, True), flush=True)
        unfinished.rename(folder)
    return folder.absolute(), end


def fixed_times(end: date) -> list[str]:
    """Options that make runs on different days comparable."""
    return ["--as_of", f"{end}T00:00:00Z", "--clock", f"{end}T03:00:00Z"]


def weir_command(module: str, source: Path, output: Path, end: date) -> list[str]:
    return [
        "-m",
        module,
        "ecommerce.daily",
        "--input",
        str(source),
        "--lake",
        str(output),
        *fixed_times(end),
        "--summary_json",
        f"{output}.json",
    ]


def other_command(module: str, source: Path, output: Path, end: date) -> list[str]:
    return ["-m", module, str(source), str(output), f"{end} 00:00:00", f"{end} 03:00:00"]


CONTESTANTS: Mapping[str, Callable[[Path, Path, date], list[str]]] = {
    "weir": partial(weir_command, "jobs"),
    "duckdb": partial(other_command, "benchmarks.in_duckdb"),
    "plain_pyspark": partial(other_command, "benchmarks.in_plain_pyspark"),
    "weir_without_gates": partial(weir_command, "benchmarks.without_gates"),
}


def become_subreaper() -> None:
    """Adopt orphaned descendants, so that the JVM of a run is counted after its Python process has ended."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def measure(command: Sequence[str], output: Path) -> dict[str, Any]:
    """Run a contestant. Returns its resource usage, and its phases from Weir's summary or the others' output."""
    usages, code, wall = [], 0, 0.0
    with tempfile.TemporaryFile("w+") as output_file:
        started = time.monotonic()
        first = subprocess.Popen([sys.executable, *command], stdout=output_file, stderr=subprocess.STDOUT).pid
        with suppress(ChildProcessError):  # no child is left
            while True:
                pid, status, usage = os.wait4(-1, 0)
                usages.append(usage)
                if pid == first:
                    code, wall = status, time.monotonic() - started
        output_file.seek(0)
        text = output_file.read()
    if code:
        raise SystemExit(f"{' '.join(command)}\n{text}")
    summary = Path(f"{output}.json")
    return {
        "wall": wall,
        "cpu": sum(usage.ru_utime + usage.ru_stime for usage in usages),
        "memory_mb": max(usage.ru_maxrss for usage in usages) / 1024,
        "written_mb": sum(file.stat().st_size for file in output.rglob("*.parquet")) / 2**20,
        "seconds_of": json.loads(summary.read_text() if summary.exists() else text.splitlines()[-1])["seconds_of"],
    }


def run_round(names: Sequence[str], source: Path, end: date) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    """Run each contestant once.

    Returns usage, and differences from Weir's results: differing rows, or the relative total.
    """
    with tempfile.TemporaryDirectory(dir=source.parent) as temporary:
        usages = {}
        for name in names:
            output = Path(temporary) / name
            usages[name] = measure(CONTESTANTS[name](source, output, end), output)
            print(f"{name:20}{usages[name]['wall']:8.1f} s{usages[name]['cpu']:8.1f} cpu s", flush=True)
        tables, weir_lake = [table for job in DAILY.jobs for table in job.tables], Path(temporary) / "weir"
        mismatches: dict[str, float] = (
            count_differences(weir_lake, Path(temporary) / "duckdb", tables) if "duckdb" in names else {}
        )
        if "plain_pyspark" in names:
            mismatches["plain_pyspark"] = max_total_difference(weir_lake, Path(temporary) / "plain_pyspark", tables)
        return usages, mismatches


def medians(turns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The median of each figure over the turns."""
    figures = {name: statistics.median(turn[name] for turn in turns) for name in turns[0] if name != "seconds_of"}
    return {
        **figures,
        "seconds_of": {
            phase: statistics.median(turn["seconds_of"][phase] for turn in turns) for phase in turns[0]["seconds_of"]
        },
    }


def print_table(results: Mapping[str, Mapping[str, Any]]) -> None:
    first, *_ = results.values()
    figures = ("wall", "cpu", "memory_mb", "written_mb")
    print(f"\n{'':24}" + "".join(f"{name:>20}" for name in results))
    for figure in figures:
        print(f"{figure:24}" + "".join(f"{result[figure]:20,.1f}" for result in results.values()))
    for figure in figures:
        print(
            f"{f'first / it: {figure}':24}"
            + "".join(f"{first[figure] / result[figure]:20.2f}" for result in results.values())
        )
    phases = dict.fromkeys(phase for result in results.values() for phase in result["seconds_of"])
    for phase in phases:
        print(
            f"{phase:24}"
            + "".join(
                f"{result['seconds_of'][phase]:20.1f}" if phase in result["seconds_of"] else f"{'':20}"
                for result in results.values()
            )
        )


def main(rows: int, names: Sequence[str], turns: int) -> None:
    become_subreaper()
    source, end = prepare_input(rows)
    rounds = [run_round(names, source, end) for _ in range(turns)]
    results = {name: medians([usage[name] for usage, _ in rounds]) for name in names}
    mismatches = {table: count for _, differences in rounds for table, count in differences.items() if count}
    print_table(results)
    print(f"differences from Weir: {mismatches or 'none'}")
    machine = {
        "processor": _processor(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    result = {
        "rows": rows,
        "turns": turns,
        "at": f"{datetime.now(UTC):%F}",
        **machine,
        "unlike": mismatches,
        "medians": results,
    }
    (RESULTS / f"daily_{rows}.json").write_text(json.dumps(result, indent=2) + "\n")


def _processor() -> str:
    return re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument(
        "--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), help="weir always runs"
    )
    arguments = parser.parse_args()
    main(arguments.rows, ["weir", *(name for name in arguments.contestants if name != "weir")], arguments.turns)
