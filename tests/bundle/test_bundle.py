"""The output of `make bundle`, installed as on Glue: without an index, with the pins of the runtime."""

import hashlib
import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from infra.bundle import ROOT, bundle
from infra.glue_jobs import artifact
from jobs.runtime.spark import local_setup
from tests.conftest import InProcess
from tests.processes import deliver, published, undisturbed

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle(tmp_path_factory.mktemp("dist") / "bundle", local_setup.runtime_line())


def test_the_manifest_names_every_file_with_its_hash(made: Path) -> None:
    files = {
        str(path.relative_to(made)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in made.rglob("*")
        if path.is_file()
    }
    del files["manifest.json"]
    contents = json.loads((made / "manifest.json").read_text())
    assert {name: one["sha256"] for name, one in contents["files"].items()} == files
    assert {
        "weir-spark.conf",
        "weir-spark-s3.conf",
        "jobs/ecommerce/daily.py",
        "create-job/ecommerce.daily.json",
    } <= set(files)


def test_packages_stand_at_the_root_of_the_wheel_and_wheels_in_a_folder_of_the_archive(made: Path) -> None:
    """No import would find packages in another place."""
    [wheel] = made.glob("weir_etl-*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    assert {
        "jobs/__init__.py",
        "transforms/__init__.py",
        "schemas/__init__.py",
        "expectations/ecommerce/clean_events.json",
        "transforms/text/forms.tsv",
        "transforms/text/places.tsv",
    } <= set(inside)
    assert {name.split("/")[0] for name in inside if ".dist-info" not in name} == {
        "jobs",
        "transforms",
        "schemas",
        "expectations",
    }
    archive = zipfile.ZipFile(made / artifact(local_setup.runtime_line().glue)).namelist()
    assert {name.rpartition("/")[0] for name in archive} == {"wheels"}
    assert {f"wheels/{wheel.name}", "wheels/requirements.txt"} <= set(archive)


def test_data_files_are_read_from_inside_an_archive(made: Path) -> None:
    [wheel] = made.glob("weir_etl-*.whl")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import expectations.suites as s; print(s.__file__);"
        " from schemas.ecommerce.clean_events import *; from schemas.ecommerce import clean_events as m;"
        " print(len(s.suite(m.CLEAN_EVENTS)['expectations']) > 5)"
    )
    output = subprocess.run(
        [sys.executable, "-I", "-c", script, str(wheel)], capture_output=True, text=True, check=True, cwd=made
    ).stdout
    assert (wheel.name in output, "True" in output) == (True, True), output


@pytest.mark.nightly
def test_the_archive_installs_without_an_index_beside_the_pins_of_the_runtime_and_the_tables_are_the_same(
    daily: InProcess, tmp_path: Path, made: Path
) -> None:
    here = local_setup.runtime_line()
    venv.create(tmp_path / "runtime", with_pip=True)
    python = tmp_path / "runtime" / "bin" / "python"
    spark = {"5.1": "pyspark==3.5.6", "6.0": "pyspark==4.1.1"}[here.glue]
    pins = ROOT / "docker" / f"constraints-{here.glue}.txt"
    # setuptools and pip come from the environment; no job imports them.
    pinned = [
        pin for pin in pins.read_text().splitlines() if "==" in pin and not pin.startswith(("pip==", "setuptools=="))
    ]
    (tmp_path / "runtime.txt").write_text("\n".join([*pinned, spark]))
    _run(
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
        "--requirement",
        tmp_path / "runtime.txt",
    )
    zipfile.ZipFile(made / artifact(here.glue)).extractall(tmp_path)
    offline = (
        "--no-index",
        "--find-links",
        tmp_path / "wheels",
        "--requirement",
        tmp_path / "wheels" / "requirements.txt",
    )
    _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *offline)
    _run(python, "-m", "pip", "check")
    source = deliver(tmp_path / "in")
    arguments = ("--input", source, "--lake", tmp_path / "lake")
    environment = {**os.environ, "JAVA_HOME": str(local_setup.java_home(here))}
    done = subprocess.run(
        [python, made / "jobs" / "ecommerce" / "daily.py", *arguments],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert published(daily, tmp_path / "lake") == undisturbed()


def _run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
