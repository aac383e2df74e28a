"""A staged commit, and the limits up to which rows count as small."""

from dataclasses import dataclass
from typing import Any

# So many rows a single Spark task reads anyway.
MAX_SMALL_ROWS = 200_000
MAX_SMALL_FILES = 32


@dataclass(frozen=True)
class Staged:
    """A commit on a branch: its snapshot, and the number of rows that it added."""

    snapshot: int
    rows: int


def is_small_summary(summary: Any) -> bool:
    """Whether a snapshot summary counts few rows in few files; False where it has no counts."""
    limits = (("total-records", MAX_SMALL_ROWS), ("total-data-files", MAX_SMALL_FILES))
    counts = [(summary.get(name), limit) for name, limit in limits]
    return all(count and int(count) <= limit for count, limit in counts)
