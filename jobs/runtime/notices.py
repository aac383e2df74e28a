"""Telling somebody."""

import sys
import traceback

from jobs.masked import masked


def notify(subject: str, body: str) -> None:
    """Print it: the channel of a run that a person watches."""
    print(f"{subject}: {masked(body)}", flush=True)


def trace() -> None:
    """Print where an error that nobody expected comes from."""
    sys.stderr.write(masked(traceback.format_exc()))
