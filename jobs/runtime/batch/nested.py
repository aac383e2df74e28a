"""A run inside another run, in the same session: maintenance jobs rebuild marts with it."""

from argparse import ArgumentTypeError
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jobs.runtime.batch.batch_run import Run
from jobs.runtime.batch.progress import Progress
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.job import Parameter, Pipeline
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.option_types import truth
from jobs.runtime.parameters import parameters_of


def run_nested(job: Pipeline, given: Mapping[str, str], lake: Lake, ledger: Ledger) -> None:
    """Run jobs on tables in the midst of another run: a run of its own, by the name that the ledger has, with options as text."""
    parameters = parameters_of(job)
    if unknown := given.keys() - {parameter.name for parameter in parameters}:
        raise BadArgument(f"unknown option --{min(unknown)} of {job.name}")
    values = {
        parameter.name: _read(parameter, given.get(parameter.name, parameter.default)) for parameter in parameters
    }
    Run(job, values, Progress(), lake, replace(ledger, job=job.name, parameters=values)).work()


def _read(parameter: Parameter, text: Any) -> Any:
    """The value of an option; a default that is no text is one already."""
    try:
        return (truth if parameter.read is bool else parameter.read)(text) if isinstance(text, str) else text
    except ArgumentTypeError as error:
        raise BadArgument(f"argument --{parameter.name}: {error}") from error
