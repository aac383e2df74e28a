"""Which path is taken: told by the class in the JVM, not by what can be imported."""

from typing import Any

import pytest
from py4j.java_gateway import JavaPackage

from jobs.runtime import glue, run
from jobs.runtime.errors import BadArgument
from jobs.runtime.job import Task


class Jvm:
    """A JVM that knows some classes: any other name looks like a package, as it does to py4j."""

    def __init__(self, *known: str, path: str = "") -> None:
        self._known, self._path = known, path

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}.{name}".lstrip(".")
        return type("JavaClass", (), {})() if path in self._known else Jvm(*self._known, path=path)


@pytest.mark.parametrize(
    ("port", "known", "expected"),
    [
        ("1234", "com.amazonaws.services.glue.GlueContext", True),
        ("1234", "org.apache.spark.SparkContext", False),
        (None, "com.amazonaws.services.glue.GlueContext", False),
    ],
)
def test_it_is_glue_when_the_jvm_beside_us_has_its_class(monkeypatch: pytest.MonkeyPatch, port: str | None, known: str, expected: bool) -> None:
    monkeypatch.setattr(glue, "SparkContext", type("SparkContext", (), {"_jvm": Jvm(known), "_ensure_initialized": staticmethod(lambda: None)}))
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    if port:
        monkeypatch.setenv("PYSPARK_GATEWAY_PORT", port)
    assert glue.is_glue() is expected


def test_the_real_jvm_of_these_tests_is_not_glue(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    assert not glue.is_glue()
    assert glue.has_class("org.apache.iceberg.spark.SparkCatalog")
    assert type(spark._jvm.com.amazonaws.services.glue.GlueContext) is JavaPackage


def refuse() -> str:
    raise BadArgument("no")


@pytest.mark.parametrize(("build", "code"), [(lambda: "made", 0), (refuse, 2)])
def test_a_job_ends_with_its_code_and_on_glue_by_raising(monkeypatch: pytest.MonkeyPatch, build: Any, code: int) -> None:
    monkeypatch.setattr("sys.argv", ["daily.py"])
    task = Task("samples.nothing", build)
    with pytest.raises(SystemExit) as ended:
        run.run(task)
    assert ended.value.code == code
    monkeypatch.setattr(glue, "is_glue", lambda: True)
    if code:
        with pytest.raises(SystemError, match=r"samples\.nothing ended with 2"):
            run.run(task)
    else:
        run.run(task)
