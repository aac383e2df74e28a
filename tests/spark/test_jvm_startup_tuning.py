"""The class data sharing archive from which a session starts."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.spark import jvm_startup_tuning, local_setup


def test_a_session_loads_classes_from_the_archive_of_setup_or_warns(spark: SparkSession, tmp_path: Path) -> None:
    kept = local_setup.archive_path(local_setup.runtime_line())
    if not kept.exists():
        pytest.skip("no classes are kept: `weir setup` was not run")
    assert jvm_startup_tuning.why_unused(kept, spark._jvm) is None
    other = tmp_path / "weir-classes-other.jsa"
    assert "`weir setup` archives them" in str(jvm_startup_tuning.why_unused(other, spark._jvm))
    other.touch()
    assert f"did not load its classes from {other}" in str(jvm_startup_tuning.why_unused(other, spark._jvm))
