"""Declarations are data: importing them does not load modules that are only needed to run."""

import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import schemas
from jobs.runtime.registry import jobs_by_name
from tests import ROOT

MACHINERY = ("altair", "boto3", "duckdb", "great_expectations", "numpy", "pandas", "py4j", "pyarrow", "pyspark")
SCHEMAS = [module.name for module in pkgutil.walk_packages(schemas.__path__, "schemas.")]


def loaded(*modules: str) -> set[str]:
    """The runtime modules that a new interpreter has loaded after importing the given ones."""
    asked = f"import {', '.join(modules)}, sys; print(*(name for name in {MACHINERY} if name in sys.modules))"
    return set(subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split())


def test_the_words_of_a_declaration_load_no_machinery() -> None:
    assert loaded("jobs.runtime.job") == loaded("jobs.runtime.parameters") == set()


def test_schemas_load_no_machinery() -> None:
    assert loaded(*SCHEMAS) == set()


def test_the_jobs_are_listed_where_nothing_of_a_report_or_a_gate_is_installed() -> None:
    lacking = ("altair", "duckdb", "great_expectations", "pyarrow")
    asked = f"import sys; sys.modules.update(dict.fromkeys({lacking})); from jobs.__main__ import command; command([])"
    listed = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert [name for name in jobs_by_name() if f"  {name} " not in listed] == []


def test_a_folder_is_enough_for_a_domain_and_for_a_board(tmp_path: Path) -> None:
    for tree in ("jobs", "schemas", "transforms", "expectations"):
        shutil.copytree(ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__"))
    for tree in ("jobs", "schemas", "transforms", "expectations"):
        shutil.copytree(tmp_path / tree / "flights", tmp_path / tree / "trains")
    for path in (tmp_path / "jobs" / "trains").glob("*.py"):
        path.write_text(path.read_text().replace("flights.", "trains.")) if path.stem != "daily" else path.unlink()
    board = tmp_path / "jobs" / "reports" / "trains"
    board.mkdir()
    (board / "__init__.py").touch()
    (board / "01_1_late.sql").write_text("-- Late trains\n-- How many.\nSELECT 1 AS late\n")
    asked = (
        "from jobs.runtime import registry; from jobs.runtime.reporting.boards import load_board; "
        "print(*registry.job_descriptions(), *registry.boards(),"
        " [job.name for job in registry.pipelines()['trains'].jobs], load_board('trains').sections['01'])"
    )
    output = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert {"trains.clean_flights", "trains.carrier_delays", "trains", "Trains"} <= set(output.split())


def test_the_machinery_would_be_seen() -> None:
    assert "pyspark" in loaded("jobs.runtime.iceberg.lake_writer")
