"""Tests without a JVM: a test that requests a session fails."""

import pytest
from pyspark import SparkContext


@pytest.fixture(autouse=True)
def _no_jvm(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        pytest.fail("a test in tests/unit asked for a JVM; those that need one are in tests/spark")

    monkeypatch.setattr(SparkContext, "_ensure_initialized", refused)
