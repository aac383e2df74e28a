"""The archive of Java classes that a session starts from."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.spark import class_archive, local_machine


def test_a_session_takes_its_classes_from_what_setup_kept_and_says_so_where_it_does_not(
    spark: SparkSession, tmp_path: Path
) -> None:
    kept = local_machine.archive(local_machine.line())
    if not kept.exists():
        pytest.skip("no classes are kept: `python -m jobs setup` was not run")
    assert class_archive.passed_over(kept, spark._jvm) is None
    other = tmp_path / "weir-classes-other.jsa"
    assert "`python -m jobs setup` keeps them" in str(class_archive.passed_over(other, spark._jvm))
    other.touch()
    assert f"did not take its classes from {other}" in str(class_archive.passed_over(other, spark._jvm))
