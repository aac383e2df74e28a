"""Generate the AWS Glue definition of each job: infra/glue/<job>.json, for `aws glue create-job --cli-input-json`."""

import json
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from jobs.runtime.job import Declaration, Scope
from jobs.runtime.parameters import parameters_of
from jobs.runtime.registry import jobs_by_name
from jobs.runtime.spark import session

LINE = "5.1"
LAKE = "s3://BUCKET/lake"
# Glue ends every run after seven days; a stream is then started again.
MAX_MINUTES = 7 * 24 * 60 - 1
# Default options of a job on Glue; users add others as needed.
DEFAULT_OPTIONS = {"input": "s3://BUCKET/input", "lake": LAKE, "catalog": "glue"}


def artifact(line: str) -> str:
    """File name of the wheel archive that Glue installs."""
    return f"weir_etl-{metadata.version('weir-etl')}-glue{line}.gluewheels.zip"


def spark_settings() -> dict[str, str]:
    """Settings that are fixed at session start and so must be job parameters: the catalog and the region of S3A."""
    settings = session.catalog_settings(LAKE, "glue").items()
    catalog = {
        key: value for key, value in settings if key.startswith("spark.sql.") and not key.endswith("endpoint")
    }  # an endpoint is specific to this machine
    return {**catalog, "spark.hadoop.fs.s3a.endpoint.region": "REGION"}


def conf(settings: Mapping[str, str]) -> str:
    """Join settings into the single value of --conf; each but the first is prefixed with --conf."""
    return " --conf ".join(f"{key}={value}" for key, value in settings.items())


def job_definition(name: str, job: Declaration, description: str, line: str) -> dict[str, Any]:
    glue_options = {
        "additional-python-modules": f"s3://BUCKET/weir/{artifact(line)}",
        "python-modules-installer-option": "--no-index",
        "datalake-formats": "iceberg",
        "conf": conf(spark_settings()),
        "enable-metrics": "true",
        "enable-observability-metrics": "true",
        "enable-continuous-cloudwatch-log": "true",
    }
    is_stream = job.scope is Scope.STREAM
    options = {**DEFAULT_OPTIONS, "summary_json": f"s3://BUCKET/summaries/{name}.json"}
    job_options = {
        parameter.name: options[parameter.name] for parameter in parameters_of(job) if parameter.name in options
    }
    return {
        "Name": f"weir-{name.replace('.', '-').replace('_', '-')}",
        "Description": description.splitlines()[0],
        "Role": "arn:aws:iam::ACCOUNT:role/ROLE",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "Command": {
            "Name": "gluestreaming" if is_stream else "glueetl",
            "ScriptLocation": f"s3://BUCKET/weir/jobs/{name.replace('.', '/')}.py",
            "PythonVersion": "3",
        },
        "DefaultArguments": {f"--{key}": value for key, value in {**glue_options, **job_options}.items()},
        "MaxRetries": 0,
        "Timeout": MAX_MINUTES if is_stream else 60,
        "GlueVersion": line,
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
    }


def pages(line: str = LINE) -> dict[str, str]:
    """File name -> text, for each job that uses a lake."""
    definitions = {
        name: job_definition(name, job, description, line)
        for name, (job, description) in jobs_by_name().items()
        if job.scope is not Scope.OUTSIDE
    }
    return {f"{name}.json": json.dumps(request, indent=2) + "\n" for name, request in definitions.items()}
