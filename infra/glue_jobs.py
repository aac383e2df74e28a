"""Each job as the request that makes it on AWS Glue: infra/glue/<job>.json, for `aws glue create-job --cli-input-json`."""

import json
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from jobs.runtime.job import Declared, Scope
from jobs.runtime.parameters import parameters_of
from jobs.runtime.registry import jobs_by_name
from jobs.runtime.spark import session

LINE = "5.1"
LAKE = "s3://BUCKET/lake"
# What of the options a job on Glue is given; a person adds others as they need them.
GIVEN = {"input": "s3://BUCKET/input", "lake": LAKE, "catalog": "glue"}


def artifact(line: str) -> str:
    """File name of the wheels that Glue installs."""
    return f"weir_etl-{metadata.version('weir-etl')}-glue{line}.gluewheels.zip"


def spark_settings() -> dict[str, str]:
    """What is fixed when a session starts, and so has to be a parameter of the job: the catalog, and the region that S3A is in."""
    wanted = session.catalog(LAKE, "glue").items()
    of_catalog = {
        key: value for key, value in wanted if key.startswith("spark.sql.") and not key.endswith("endpoint")
    }  # that of this machine
    return {**of_catalog, "spark.hadoop.fs.s3a.endpoint.region": "REGION"}


def conf(settings: Mapping[str, str]) -> str:
    """Many settings as the one value of --conf: the first has no name before it."""
    return " --conf ".join(f"{key}={value}" for key, value in settings.items())


def definition(name: str, job: Declared, says: str, line: str) -> dict[str, Any]:
    of_glue = {
        "additional-python-modules": f"s3://BUCKET/weir/{artifact(line)}",
        "python-modules-installer-option": "--no-index",
        "datalake-formats": "iceberg",
        "conf": conf(spark_settings()),
        "enable-metrics": "true",
        "enable-observability-metrics": "true",
        "enable-continuous-cloudwatch-log": "true",
    }
    given = {**GIVEN, "summary_json": f"s3://BUCKET/summaries/{name}.json"}
    ours = {parameter.name: given[parameter.name] for parameter in parameters_of(job) if parameter.name in given}
    return {
        "Name": f"weir-{name.replace('.', '-').replace('_', '-')}",
        "Description": says.splitlines()[0],
        "Role": "arn:aws:iam::ACCOUNT:role/ROLE",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "Command": {
            "Name": "glueetl",
            "ScriptLocation": f"s3://BUCKET/weir/jobs/{name.replace('.', '/')}.py",
            "PythonVersion": "3",
        },
        "DefaultArguments": {f"--{key}": value for key, value in {**of_glue, **ours}.items()},
        "MaxRetries": 0,
        "Timeout": 60,
        "GlueVersion": line,
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
    }


def pages(line: str = LINE) -> dict[str, str]:
    """File -> text, for every job that works on a lake."""
    found = {
        name: definition(name, job, says, line)
        for name, (job, says) in jobs_by_name().items()
        if job.scope is not Scope.OUTSIDE
    }
    return {f"{name}.json": json.dumps(asked, indent=2) + "\n" for name, asked in found.items()}
