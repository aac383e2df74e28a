"""The requests that create Glue jobs: they have the right shape, without mistakes that only a failed run reveals."""

import json
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from infra import glue_jobs
from infra.bundle import ROOT
from jobs.runtime.cli.arguments import parse
from jobs.runtime.job import Job, JobTemplate, MaintenanceJob, Pipeline, StreamJob
from jobs.runtime.parameters import parameters_of
from jobs.runtime.registry import jobs_by_name
from jobs.runtime.spark import session

ON_LAKES = {
    name: job
    for name, (job, _) in jobs_by_name().items()
    if isinstance(job, Job | Pipeline | JobTemplate | MaintenanceJob | StreamJob)
}
ASKED: dict[str, dict[str, Any]] = {
    name.removesuffix(".json"): json.loads(text) for name, text in glue_jobs.pages().items()
}


def argv(name: str) -> list[str]:
    """The arguments that Glue passes to the script."""
    return [word for pair in ASKED[name]["DefaultArguments"].items() for word in pair]


def settings_of(conf: str) -> dict[str, str]:
    """The single value of --conf, split as Glue does."""
    return dict(setting.split("=", 1) for setting in conf.split(" --conf "))


def test_there_is_one_for_each_job_that_works_on_a_lake() -> None:
    assert set(ASKED) == set(ON_LAKES)
    assert "ecommerce.daily" in ASKED


def test_each_has_the_shape_that_the_service_asks_for() -> None:
    shape = get_session().get_service_model("glue").operation_model("CreateJob").input_shape
    for name in ON_LAKES:
        assert ParamValidator().validate(ASKED[name], shape).generate_report() == "", name
        is_stream = isinstance(ON_LAKES[name], StreamJob)
        assert ASKED[name]["Timeout"] < (10_080 if is_stream else 480)
        assert ASKED[name]["Command"]["Name"] == ("gluestreaming" if is_stream else "glueetl")
        assert not {"--debug", "--mode", "--JOB_NAME", "--endpoint"} & set(ASKED[name]["DefaultArguments"])


def test_modules_are_one_archive_without_a_comma_or_a_range() -> None:
    modules = {ASKED[name]["DefaultArguments"]["--additional-python-modules"] for name in ON_LAKES}
    assert [one for one in modules if set(",<> ") & set(one) or not one.endswith(".gluewheels.zip")] == []


def test_conf_names_the_whole_catalog_that_the_job_itself_would_set() -> None:
    for name in ON_LAKES:
        given = ASKED[name]["DefaultArguments"]
        there = settings_of(given["--conf"])
        wanted = session.catalog_settings(given["--lake"], given["--catalog"])
        assert {key: value for key, value in wanted.items() if key.startswith("spark.")}.items() <= there.items(), name
        assert {key.rpartition(".")[2] for key in there if key.startswith("spark.sql.catalog.lake.")} >= {
            "warehouse",
            "catalog-impl",
            "io-impl",
        }
        assert there["spark.sql.catalog.lake.warehouse"] == f"{given['--lake']}/warehouse"
        assert {"spark.sql.extensions", "spark.sql.catalog.lake", "spark.hadoop.fs.s3a.endpoint.region"} <= set(there)


def test_the_job_takes_its_own_arguments_and_leaves_the_others_to_glue() -> None:
    for name, job in ON_LAKES.items():
        lacking = [
            one.name for one in parameters_of(job) if one.is_required and one.name not in glue_jobs.DEFAULT_OPTIONS
        ]
        required = [word for lacks in lacking for word in (f"--{lacks}", {"table": "people"}.get(lacks, "7"))]
        values, ignored = parse(job, [*argv(name), *required], on_glue=True)
        given = {key.removeprefix("--"): value for key, value in ASKED[name]["DefaultArguments"].items()}
        assert {key: values[key] for key in given if key in values} == {
            key: given[key] for key in given if "-" not in key and key != "conf"
        }, name
        assert ("conf" in ignored, "lake" in ignored) == (True, False), name


def test_aws_settings_of_the_build_machine_do_not_reach_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
    }.items():
        monkeypatch.setenv(key, value)
    assert {name.removesuffix(".json"): json.loads(text) for name, text in glue_jobs.pages().items()} == ASKED


def test_the_page_for_people_gives_the_same_parameters() -> None:
    page = (ROOT / "docs" / "glue.md").read_text()
    given = ASKED["ecommerce.daily"]["DefaultArguments"]
    assert f"    {given['--conf']}\n" in page
    keys = {key for key in given if not key.startswith("--enable")}
    assert {key for key in keys if f"| `{key}` | " not in page} == set()
    assert {key for key in keys - {"--conf"} if f"| `{given[key]}` |" not in page} == set()
