"""Run jobs within another run, in the same session: maintenance jobs rebuild marts with it."""

from argparse import ArgumentTypeError
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jobs.runtime.batch.progress import Progress
from jobs.runtime.batch.write_audit_publish import Run
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Parameter, Pipeline
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.option_types import boolean
from jobs.runtime.parameters import parameters_of


def run_nested(job: Pipeline, options: Mapping[str, str], lake: Lake, ledger: Ledger) -> None:
    """Run a pipeline inside another run, as a separate run with the run id of the ledger. Option values are text."""
    parameters = parameters_of(job)
    if unknown := options.keys() - {parameter.name for parameter in parameters}:
        raise BadArgument(f"unknown option --{min(unknown)} of {job.name}")
    values = {
        parameter.name: _parse(parameter, options.get(parameter.name, parameter.default)) for parameter in parameters
    }
    Run(job, values, Progress(), lake, replace(ledger, job=job.name, parameters=values)).execute()


def _parse(parameter: Parameter, text: Any) -> Any:
    """The value of an option. A default that is not text is returned as it is."""
    try:
        return (boolean if parameter.read is bool else parameter.read)(text) if isinstance(text, str) else text
    except ArgumentTypeError as error:
        raise BadArgument(f"argument --{parameter.name}: {error}") from error
