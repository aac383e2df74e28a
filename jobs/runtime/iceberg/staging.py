"""A staged commit: its snapshot and how many rows it added."""

from dataclasses import dataclass

# So many one task reads anyway.
FEW_ROWS, _FEW_BYTES = 200_000, 64 << 20


@dataclass(frozen=True)
class Staged:
    """A commit on a branch: its snapshot, and the rows that it added, in so many bytes of files."""

    snapshot: int
    rows: int
    bytes: int = 0

    @property
    def is_few(self) -> bool:
        """Whether the rows can be read into this process."""
        return self.rows <= FEW_ROWS and self.bytes <= _FEW_BYTES
