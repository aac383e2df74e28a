"""The errors that end a run, each with its exit code."""


class WeirError(Exception):  # the root; `code` is the exit code
    code = 1


class BadArgument(WeirError):  # unknown, missing or not of its form
    code = 2


class BadInput(WeirError):  # missing, unreadable or not what the job reads
    code = 2


class NoRows(BadInput):  # nothing to take in
    def __str__(self) -> str:
        return f"{self.args[0]}; --allow_empty lets that pass"


class BadLake(WeirError):  # cannot be used from here
    code = 2


class Refused(WeirError):  # by expectations, or for too many rejected rows
    code = 3


class Overtaken(WeirError):  # another run moved the table first
    code = 4


class Stopped(WeirError):  # by SIGTERM
    code = 143
