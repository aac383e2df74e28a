"""Retry commits that failed because of a concurrent commit."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

# Iceberg itself retries only commits of data, not of branches, and nothing while SQLite is locked.
_TRANSIENT = (
    "CommitFailedException",
    "SQLITE_BUSY",
    "SQLITE_CONSTRAINT",
    "database is locked",
    "AlreadyExistsException",
)
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)


def retry_commit(action: Callable[[], Result]) -> Result:
    """Run the action, and retry it with growing pauses where a concurrent commit made it fail."""
    for pause in _PAUSES:
        try:
            return action()
        except Exception as error:
            if not any(word in str(error) for word in _TRANSIENT):
                raise
            time.sleep(pause)
    return action()
