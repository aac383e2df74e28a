"""Retry commits that failed because of a concurrent commit."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

# Iceberg itself tries only commits of data again, not those of branches, and nothing when SQLite is busy.
_PASSING = ("CommitFailedException", "SQLITE_BUSY", "SQLITE_CONSTRAINT", "database is locked", "AlreadyExistsException")
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)


def retry_commit(action: Callable[[], Answer]) -> Answer:
    """Try again what a commit of somebody else made fail."""
    for pause in _PAUSES:
        try:
            return action()
        except Exception as error:
            if not any(word in str(error) for word in _PASSING):
                raise
            time.sleep(pause)
    return action()
