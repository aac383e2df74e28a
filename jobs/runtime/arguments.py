"""argv -> typed parameters: the same `--name value` under spark-submit and Glue."""

import argparse
import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from jobs.parameters import EVERY_RUN, FILES
from jobs.runtime.errors import BadArgument
from jobs.runtime.job import Job, Parameter, Pipeline, Task

# Glue's own names that a person may leave in a command line when running it elsewhere.
GLUE_NAMES = frozenset(
    """JOB_NAME JOB_ID JOB_RUN_ID SECURITY_CONFIGURATION TempDir RedshiftTempDir conf class additional-python-modules
    auto-scale-within-microbatch continuation-option customer-driver-env-vars datalake-formats debug enable-auto-scaling
    enable-continuous-cloudwatch-log enable-data-lineage enable-glue-datacatalog enable-metrics enable-observability-metrics
    enable-spark-ui encryption-type endpoint extra-files extra-jars extra-py-files job-bookmark-from job-bookmark-option
    job-bookmark-to job-language mode python-modules-installer-option python-virtual-env python-virtual-env-storage-prefix
    python-virtual-env-version spark-event-logs-path user-jars-first""".split()
)


def parameters_of(job: Job | Pipeline | Task) -> list[Parameter]:
    """All that the command line of a job takes, its own first."""
    if isinstance(job, Task):
        return list(job.parameters)
    return [*job.parameters, *(FILES if job.reads_files else ()), *EVERY_RUN]


def parse(job: Job | Pipeline | Task, argv: Sequence[str], *, on_glue: bool = False, help_text: str = "") -> tuple[dict[str, Any], list[str]]:
    """The parameters by name, and the names that were left to Glue. Raises BadArgument; `-h` prints help and ends with 0."""
    parameters = parameters_of(job)
    ours, ignored = _without_glue_names(argv, {parameter.name for parameter in parameters}, on_glue=on_glue)
    if on_glue and {"-h", "--help"} & set(ours):
        raise BadArgument("-h would end a Glue run with success and do nothing; leave it out")
    parser = _Parser(prog=f"python -m jobs {job.name}", description=help_text, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    for parameter in parameters:
        kind: Mapping[str, Any] = {"action": "store_true"} if parameter.read is bool else {"type": _reader(parameter), "metavar": "VALUE"}
        default = f" (default: {parameter.default})" if parameter.default not in (None, False, {}) else ""
        note = (parameter.help + default).replace("%", "%%")
        parser.add_argument(f"--{parameter.name}", default=parameter.default, required=parameter.is_required, help=note, **kind)
    return vars(parser.parse_args(ours)), ignored


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        unknown = re.findall(r"unrecognized arguments: (.*)", message)
        if unknown:
            first = unknown[0].split()[0]
            known = {option for action in self._actions for option in action.option_strings}
            message = f"unknown option {first}{_nearest(first.partition('=')[0], known)}"
        raise BadArgument(f"{message}. See {self.prog} --help")


def _reader(parameter: Parameter) -> Any:
    def read(text: str) -> Any:
        try:
            return parameter.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _without_glue_names(argv: Sequence[str], ours: set[str], *, on_glue: bool) -> tuple[list[str], list[str]]:
    """argv without Glue's own names and their values, and those names."""
    kept: list[str] = []
    ignored: list[str] = []
    skips_value = False
    for word in argv:
        name, has_value = word[2:].partition("=")[0], "=" in word
        if word.startswith("--") and name and " " not in name:
            is_glues = name not in ours and (name in GLUE_NAMES or (on_glue and (name != name.lower() or "-" in name)))
            skips_value = is_glues and not has_value
            (ignored if is_glues else kept).append(name if is_glues else word)
        elif skips_value:
            skips_value = False
        else:
            kept.append(word)
    return kept, ignored


def _nearest(word: str, known: Sequence[str] | set[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""
