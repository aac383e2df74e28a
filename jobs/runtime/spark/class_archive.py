"""The class data archive of the JVM: with it Java starts in half the time."""

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

_NO_WARNINGS = (
    "-Xlog:disable -Xlog:all=error:stderr"  # the JVM would warn on standard output, where programs read what a run says
)


def archive(java: Path, jars: Sequence[Path]) -> Path:
    """Where the archive for a Java and these jars lies: beside the Spark whose classes it holds, or else in the folder of `jars`."""
    release = java / "release"
    known = f"{java}{release.read_text() if release.exists() else ''}{pyspark.__file__}{pyspark.__version__}{[jar.name for jar in jars]}"
    folder = Path(sys.prefix) if os.access(sys.prefix, os.W_OK) else jars[0].parent
    return folder / f"weir-classes-{hashlib.sha256(known.encode()).hexdigest()[:12]}.jsa"


def launch_options(kept: Path) -> Path:
    """Where the options lie that Spark's launcher gives to each Java, beside the archive."""
    return kept.with_suffix(".options")


def options(kept: Path) -> list[str]:
    """Options of a JVM that is to use the archive, where it is there."""
    return [f"-XX:SharedArchiveFile={kept}", *_NO_WARNINGS.split()] if kept.exists() else []


def passed_over(kept: Path, jvm: Any) -> str | None:
    """Why a JVM does without the archive, if it does."""
    if not kept.exists():
        return "Java reads its classes one by one; `python -m jobs setup` keeps them, and runs start in half the time"
    maps = Path(f"/proc/{jvm.java.lang.ProcessHandle.current().pid()}/maps")
    if not maps.exists() or kept.name in maps.read_text():
        return None
    return f"Java did not take its classes from {kept}; `python -m jobs setup` makes it anew"


def keep(java: Path, kept: Path, runs: Sequence[Sequence[str]]) -> str:
    """Make the archive of what the last of some runs needs, on top of Java's own, which the JRE of a wheel lacks.

    A run is a job with its arguments, in which `{folder}` is a folder that goes afterwards.
    """
    kept.unlink(missing_ok=True)
    if not (java / "lib" / "server" / "classes.jsa").exists():
        subprocess.run([java / "bin" / "java", "-Xshare:dump"], capture_output=True, check=False)
    with tempfile.TemporaryDirectory() as made:
        unfinished = kept.with_suffix(f".{os.getpid()}")
        own = {**os.environ, "SPARK_SUBMIT_OPTS": f"-XX:ArchiveClassesAtExit={unfinished} {_NO_WARNINGS}"}
        jvm_gateway.keep_options(launch_options(kept))  # what starts otherwise has another class path, and does not fit
        for run in runs:
            _job([word.format(folder=made) for word in run], own if run is runs[-1] else os.environ)
        if not unfinished.exists():
            raise WeirError(f"{java} kept no classes")
    unfinished.rename(kept)
    return f"{kept} keeps what Java loads: {kept.stat().st_size / 2**20:,.0f} MB"


def _job(words: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jobs", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise WeirError(f"the classes could not be kept: {(done.stderr or done.stdout)[-300:]}")
