"""Parse the command line into typed parameters, the same under spark-submit and on Glue."""

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from jobs.runtime.errors import BadArgument
from jobs.runtime.job import Declared, Parameter
from jobs.runtime.option_types import nearest
from jobs.runtime.parameters import FLAG, GLUE_NAMES, NOTICES, TAKES_AN_OPTION, parameters_of


def parse(
    job: Declared, argv: Sequence[str], *, on_glue: bool = False, says: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """The parameters by name, and the names that were left to Glue. Raises BadArgument; `-h` prints help and ends with 0."""
    parameters = parameters_of(job)
    ours, ignored = _without_glue_names(argv, {parameter.name for parameter in parameters}, on_glue=on_glue)
    if on_glue and {"-h", "--help"} & set(ours):
        raise BadArgument("-h would end a Glue run with success and do nothing; leave it out")
    parser = _Parser(prog=f"python -m jobs {job.name}", description=says, allow_abbrev=False)
    for parameter in parameters:
        kind = FLAG if parameter.read is bool else {"type": parameter.read, "metavar": "VALUE"}
        default = f" (default: {parameter.default})" if parameter.default not in (None, False, {}, []) else ""
        note = (parameter.help + default).replace("%", "%%")
        parser.add_argument(
            f"--{parameter.name}", default=parameter.default, required=parameter.is_required, help=note, **kind
        )
    return vars(parser.parse_args(ours)), ignored


def whom_to_tell(argv: Sequence[str]) -> dict[str, Any]:
    """What words that cannot be parsed say of whom to tell that they cannot; nothing, where that is not to be understood either."""
    parser = _Parser(allow_abbrev=False, add_help=False)
    for parameter in (*NOTICES, Parameter("lake", str, "not said")):
        parser.add_argument(f"--{parameter.name}", type=parameter.read, default=parameter.default)
    try:
        return vars(parser.parse_known_args(argv)[0])
    except BadArgument:
        return {}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if unknown := re.search(r"unrecognized arguments: (\S+)", message):
            name = unknown.group(1).partition("=")[0]
            message = f"unknown option {name}{nearest(name, [option for action in self._actions for option in action.option_strings])}"
        raise BadArgument(f"{message} ({self.prog} --help lists all)")


def _without_glue_names(argv: Sequence[str], ours: set[str], *, on_glue: bool) -> tuple[list[str], list[str]]:
    """argv without Glue's own names and their values, and those names."""
    kept: list[str] = []
    ignored: list[str] = []
    is_its_value = False
    for word in argv:
        name = word[2:].partition("=")[0] if word.startswith("--") and " " not in word.partition("=")[0] else ""
        if is_its_value and (not name or ignored[-1] == TAKES_AN_OPTION):
            is_its_value = False
        elif name and name not in ours and (name in GLUE_NAMES or (on_glue and re.search("[A-Z-]", name))):
            ignored.append(name)
            is_its_value = "=" not in word
        else:
            kept.append(word)
            is_its_value = False
    return kept, ignored
