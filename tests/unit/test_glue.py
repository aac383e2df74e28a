"""Whether a job runs on Glue depends on a class in the JVM, not on an importable package."""

import runpy
from pathlib import Path
from typing import Any

import pytest

import jobs
from jobs.runtime import run
from jobs.runtime.cli.arguments import parse
from jobs.runtime.errors import BadArgument
from jobs.runtime.job import Command
from jobs.runtime.parameters import parameters_of
from jobs.runtime.registry import jobs_by_name
from jobs.runtime.spark import glue_session
from tests.conftest import line


class Jvm:
    """A JVM with some classes: any other name looks like a package, as with py4j."""

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
def test_it_is_glue_when_the_jvm_beside_us_has_its_class(
    monkeypatch: pytest.MonkeyPatch, port: str | None, known: str, expected: bool
) -> None:
    monkeypatch.setattr(
        glue_session,
        "SparkContext",
        type("SparkContext", (), {"_jvm": Jvm(known), "_ensure_initialized": staticmethod(lambda: None)}),
    )
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    if port:
        monkeypatch.setenv("PYSPARK_GATEWAY_PORT", port)
    assert glue_session.is_glue() is expected


FULL = [
    "--job-bookmark-option",
    "job-bookmark-disable",
    "--TempDir",
    "s3://bucket/tmp",
    "--enable-metrics",
    "true",
    "--enable-spark-ui",
    "true",
    "--spark-event-logs-path",
    "s3://bucket/logs",
    "--enable-continuous-cloudwatch-log",
    "true",
    "--enable-glue-datacatalog",
    "true",
    "--job-language",
    "python",
    "--datalake-formats",
    "iceberg",
    "--enable-auto-scaling",
    "true",
    "--additional-python-modules",
    "s3://bucket/a.gluewheels.zip",
    "--python-modules-installer-option",
    "--no-index",
    "--JOB_ID",
    "j_1",
    "--JOB_RUN_ID",
    "jr_1",
    "--JOB_NAME",
    "weir",
]
GIVEN = {"table": "people", "person": "7"}
SCRIPTS = sorted(path for path in (Path(jobs.__file__).parent).glob("*/*.py") if "(JOB)\n" in path.read_text())


def test_every_script_can_be_imported_and_takes_glues_full_list_beside_glues_own_parser() -> None:
    utils = pytest.importorskip("awsglue.utils", reason="the extra awsglue is not installed")
    for path in SCRIPTS:
        job = runpy.run_path(str(path), run_name="imported")["JOB"]
        needed = [
            word
            for one in parameters_of(job)
            if one.is_required
            for word in (f"--{one.name}", GIVEN.get(one.name, "/tmp/x"))
        ]
        values, ignored = parse(job, [*FULL, *needed, "--conf", "a=1 --conf b=2"], on_glue=True)
        assert {one.name for one in parameters_of(job)} == set(values), path
        assert {"JOB_NAME", "TempDir", "conf", "python-modules-installer-option"} <= set(ignored), path
        assert utils.getResolvedOptions([str(path), *FULL, *needed], ["JOB_NAME"])["JOB_NAME"] == "weir"


ON_LAKES = {name: job for name, (job, _) in jobs_by_name().items() if not isinstance(job, Command)}


def test_every_job_runs_on_plain_spark_off_glue_and_prints_the_ignored_arguments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("awsglue.context", reason="the extra awsglue is not installed")
    (tmp_path / "a.csv").write_text(line())
    given = {"input": str(tmp_path), **GIVEN}
    for job in ON_LAKES.values():
        needed = [
            word for one in parameters_of(job) if one.name in given for word in (f"--{one.name}", given[one.name])
        ]
        # It goes on to the error of the path without Glue: no Glue context was requested.
        assert run.main(job, [*FULL, *needed, "--lake", str(tmp_path / "lake"), "--catalog", "/no/such/file"]) == 2
        output = capsys.readouterr().out
        assert output.count("not running on Glue: plain Spark; ignored: job-bookmark-option, TempDir") == 1, job.name
        assert "--catalog /no/such/file is neither 'glue' nor a file" in output, job.name


def refuse() -> str:
    raise BadArgument("no")


@pytest.mark.parametrize(("build", "code"), [(lambda: "made", 0), (refuse, 2)])
def test_a_job_ends_with_its_code_and_on_glue_by_raising(
    monkeypatch: pytest.MonkeyPatch, build: Any, code: int
) -> None:
    monkeypatch.setattr("sys.argv", ["daily.py"])
    task = Command("samples.nothing", build)
    with pytest.raises(SystemExit) as ended:
        run.run(task)
    assert ended.value.code == code
    monkeypatch.setattr(glue_session, "is_glue", lambda: True)
    if code:
        with pytest.raises(SystemError, match=r"samples\.nothing ended with 2"):
            run.run(task)
    else:
        run.run(task)
