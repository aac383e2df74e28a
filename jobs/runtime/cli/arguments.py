"""Parse the command line into typed parameters, the same under spark-submit and on Glue."""

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from jobs.runtime.errors import BadArgument
from jobs.runtime.job import Declaration, Parameter
from jobs.runtime.option_types import suggest
from jobs.runtime.parameters import FLAG, GLUE_NAMES, NOTICES, TAKES_AN_OPTION, parameters_of


def parse(
    job: Declaration, argv: Sequence[str], *, on_glue: bool = False, description: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """The values by parameter name, and the names of ignored Glue parameters.

    Raises BadArgument. `-h` prints the help and exits with 0; on Glue it is an error.
    """
    parameters = parameters_of(job)
    ours, ignored = _without_glue_names(argv, {parameter.name for parameter in parameters}, on_glue=on_glue)
    if on_glue and {"-h", "--help"} & set(ours):
        raise BadArgument("-h would make a Glue run succeed and do nothing; leave it out")
    parser = _Parser(prog=f"weir {job.name}", description=description, allow_abbrev=False)
    for parameter in parameters:
        kind = FLAG if parameter.read is bool else {"type": parameter.read, "metavar": "VALUE"}
        default = f" (default: {parameter.default})" if parameter.default not in (None, False, {}, []) else ""
        note = (parameter.help + default).replace("%", "%%")
        parser.add_argument(
            f"--{parameter.name}", default=parameter.default, required=parameter.is_required, help=note, **kind
        )
    return vars(parser.parse_args(ours)), ignored


def parse_notify_options(argv: Sequence[str]) -> dict[str, Any]:
    """The notification options and --lake of a command line that could not be parsed; empty if they are invalid too."""
    parser = _Parser(allow_abbrev=False, add_help=False)
    for parameter in (*NOTICES, Parameter("lake", str, "not given")):
        parser.add_argument(f"--{parameter.name}", type=parameter.read, default=parameter.default)
    try:
        return vars(parser.parse_known_args(argv)[0])
    except BadArgument:
        return {}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if unknown := re.search(r"unrecognized arguments: (\S+)", message):
            name = unknown.group(1).partition("=")[0]
            options = [option for action in self._actions for option in action.option_strings]
            message = f"unknown option {name}{suggest(name, options)}"
        raise BadArgument(f"{message} ({self.prog} --help lists all options)")


def _without_glue_names(argv: Sequence[str], ours: set[str], *, on_glue: bool) -> tuple[list[str], list[str]]:
    """argv without Glue's own parameters and their values, and the names of these parameters."""
    kept: list[str] = []
    ignored: list[str] = []
    is_ignored_value = False
    for word in argv:
        name = word[2:].partition("=")[0] if word.startswith("--") and " " not in word.partition("=")[0] else ""
        if is_ignored_value and (not name or ignored[-1] == TAKES_AN_OPTION):
            is_ignored_value = False
        elif name and name not in ours and (name in GLUE_NAMES or (on_glue and re.search("[A-Z-]", name))):
            ignored.append(name)
            is_ignored_value = "=" not in word
        else:
            kept.append(word)
            is_ignored_value = False
    return kept, ignored
