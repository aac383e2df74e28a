"""The archive of Java classes that a session starts from."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs import classes, machine


def test_a_session_takes_its_classes_from_what_setup_kept_and_says_so_where_it_does_not(spark: SparkSession, tmp_path: Path) -> None:
    kept = machine.archive(machine.line())
    if not kept.exists():
        pytest.skip("no classes are kept: `python -m jobs setup` was not run")
    assert classes.passed_over(kept, spark._jvm) is None
    other = tmp_path / "weir-classes-other.jsa"
    assert "`python -m jobs setup` keeps them" in str(classes.passed_over(other, spark._jvm))
    other.touch()
    assert f"did not take its classes from {other}" in str(classes.passed_over(other, spark._jvm))
