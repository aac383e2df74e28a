"""The errors that end a run, each with its exit code."""

from time import monotonic


class WeirError(Exception):  # the root; `code` is the exit code
    code = 1


class BadArgument(WeirError):  # unknown, missing or malformed option
    code = 2


class BadInput(WeirError):  # missing, unreadable, or not the expected format
    code = 2


class NoRows(BadInput):  # the input has no rows
    def __str__(self) -> str:
        return f"{self.args[0]}; use --allow_empty to accept this"


class BadLake(WeirError):  # the lake cannot be used from here
    code = 2


class Refused(WeirError):  # failed expectations, or too many rejected rows
    code = 3


class Overtaken(WeirError):  # another run published to the table first
    code = 4


class Stopped(WeirError):  # SIGTERM
    code = 143

    def __init__(self, *message: str) -> None:
        super().__init__(*message)
        self.at = monotonic()
