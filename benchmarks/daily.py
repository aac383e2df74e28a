"""The daily job against DuckDB and against an afternoon's PySpark: make bench ROWS=5_000_000.

The data is made once. Then each contestant works on it in a process of its own, in turns, so that a slow moment of the machine meets
them all: the clock's seconds, the processor's, the most memory that a process of it held, what it wrote, and its phases; medians and
ratios. Weir and DuckDB must agree on every row of every table. Linux only.
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

from benchmarks.agreement import differing, furthest
from jobs.ecommerce.daily import JOB as DAILY
from jobs.samples.shop_events import shop_events

ROWS_A_DAY = 170_000
START = date(2019, 10, 1)
RESULTS = Path(__file__).parent / "results"
_BECOME_REAPER = 36


def prepared(rows: int) -> tuple[Path, date]:
    """The folder of the files, made where they are not there yet, and the day after the last."""
    days = max(2, round(rows / ROWS_A_DAY))
    folder, end = Path(".weir") / "bench" / str(rows), START + timedelta(days=days)
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        print(shop_events(str(unfinished), rows, days, START, 1, True), flush=True)
        unfinished.rename(folder)
    return folder.absolute(), end


def until(end: date) -> list[str]:
    """What makes runs of other days alike."""
    return ["--as_of", f"{end}T00:00:00Z", "--clock", f"{end}T03:00:00Z"]


def weir(module: str, given: Path, output: Path, end: date) -> list[str]:
    return [
        "-m",
        module,
        "ecommerce.daily",
        "--input",
        str(given),
        "--lake",
        str(output),
        *until(end),
        "--summary_json",
        f"{output}.json",
    ]


def other(module: str, given: Path, output: Path, end: date) -> list[str]:
    return ["-m", module, str(given), str(output), f"{end} 00:00:00", f"{end} 03:00:00"]


CONTESTANTS: Mapping[str, Callable[[Path, Path, date], list[str]]] = {
    "weir": partial(weir, "jobs"),
    "duckdb": partial(other, "benchmarks.in_duckdb"),
    "plain_pyspark": partial(other, "benchmarks.in_plain_pyspark"),
    "weir_without_gates": partial(weir, "benchmarks.without_gates"),
}


def reap() -> None:
    """Let processes whose parent has ended be ours: of a run whose Python has ended, Java still counts."""
    ctypes.CDLL(None).prctl(_BECOME_REAPER, 1)


def measured(command: Sequence[str], output: Path) -> dict[str, Any]:
    """What a contestant spent, and its phases: of Weir from its summary, of the others from what they print."""
    usages, code, wall = [], 0, 0.0
    with tempfile.TemporaryFile("w+") as told:
        began = time.monotonic()
        first = subprocess.Popen([sys.executable, *command], stdout=told, stderr=subprocess.STDOUT).pid
        with suppress(ChildProcessError):  # nobody is left
            while True:
                pid, status, usage = os.wait4(-1, 0)
                usages.append(usage)
                if pid == first:
                    code, wall = status, time.monotonic() - began
        told.seek(0)
        text = told.read()
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


def a_turn(names: Sequence[str], given: Path, end: date) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    """What each contestant spent, and how far its answers are from Weir's: rows that are not in both, or the share of a total."""
    with tempfile.TemporaryDirectory(dir=given.parent) as place:
        found = {}
        for name in names:
            output = Path(place) / name
            found[name] = measured(CONTESTANTS[name](given, output, end), output)
            print(f"{name:20}{found[name]['wall']:8.1f} s{found[name]['cpu']:8.1f} cpu s", flush=True)
        tables, weirs = [table for job in DAILY.jobs for table in job.tables], Path(place) / "weir"
        unlike: dict[str, float] = differing(weirs, Path(place) / "duckdb", tables) if "duckdb" in names else {}
        if "plain_pyspark" in names:
            unlike["plain_pyspark"] = furthest(weirs, Path(place) / "plain_pyspark", tables)
        return found, unlike


def medians(turns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of each figure the median over the turns."""
    figures = {name: statistics.median(turn[name] for turn in turns) for name in turns[0] if name != "seconds_of"}
    return {
        **figures,
        "seconds_of": {
            phase: statistics.median(turn["seconds_of"][phase] for turn in turns) for phase in turns[0]["seconds_of"]
        },
    }


def shown(found: Mapping[str, Mapping[str, Any]]) -> None:
    first, *_ = found.values()
    figures = ("wall", "cpu", "memory_mb", "written_mb")
    print(f"\n{'':24}" + "".join(f"{name:>20}" for name in found))
    for figure in figures:
        print(f"{figure:24}" + "".join(f"{one[figure]:20,.1f}" for one in found.values()))
    for figure in figures:
        print(
            f"{f'first / it: {figure}':24}" + "".join(f"{first[figure] / one[figure]:20.2f}" for one in found.values())
        )
    phases = dict.fromkeys(phase for one in found.values() for phase in one["seconds_of"])
    for phase in phases:
        print(
            f"{phase:24}"
            + "".join(
                f"{one['seconds_of'][phase]:20.1f}" if phase in one["seconds_of"] else f"{'':20}"
                for one in found.values()
            )
        )


def main(rows: int, names: Sequence[str], turns: int) -> None:
    reap()
    given, end = prepared(rows)
    found = [a_turn(names, given, end) for _ in range(turns)]
    told = {name: medians([spent[name] for spent, _ in found]) for name in names}
    unlike = {table: count for _, differences in found for table, count in differences.items() if count}
    shown(told)
    print(f"unlike Weir's: {unlike or 'nothing'}")
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
        "unlike": unlike,
        "medians": told,
    }
    (RESULTS / f"daily_{rows}.json").write_text(json.dumps(result, indent=2) + "\n")


def _processor() -> str:
    return re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument(
        "--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), help="weir is always one"
    )
    asked = parser.parse_args()
    main(asked.rows, ["weir", *(name for name in asked.contestants if name != "weir")], asked.turns)
