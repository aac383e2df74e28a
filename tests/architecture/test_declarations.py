"""A declaration is data: to import it loads nothing that is only needed to run it."""

import pkgutil
import subprocess
import sys

import schemas

MACHINERY = ("altair", "boto3", "duckdb", "great_expectations", "numpy", "pandas", "py4j", "pyarrow", "pyspark")
SCHEMAS = [module.name for module in pkgutil.walk_packages(schemas.__path__, "schemas.")]


def loaded(*modules: str) -> set[str]:
    """What of the machinery a fresh interpreter has loaded when it has imported the modules."""
    asked = f"import {', '.join(modules)}, sys; print(*(name for name in {MACHINERY} if name in sys.modules))"
    return set(subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split())


def test_the_words_of_a_declaration_load_no_machinery() -> None:
    assert loaded("jobs.runtime.job") == loaded("jobs.runtime.parameters") == set()


def test_schemas_load_no_machinery() -> None:
    assert loaded(*SCHEMAS) == set()


def test_the_machinery_would_be_seen() -> None:
    assert "pyspark" in loaded("jobs.runtime.iceberg.lake")
