"""Telling somebody."""


def notify(subject: str, body: str) -> None:
    """Print it: the channel of a run that a person watches."""
    print(f"{subject}: {body}", flush=True)
