"""Telling somebody."""

from jobs.masked import masked


def notify(subject: str, body: str) -> None:
    """Print it: the channel of a run that a person watches."""
    print(f"{subject}: {masked(body)}", flush=True)
