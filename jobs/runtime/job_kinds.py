"""What a job works on, and where its rows come from."""

from enum import Enum, auto


class Kind(Enum):
    """The source of a job's tables: delivered files, changes of a source, other tables, or batches of a stream."""

    FILES = auto()
    CHANGES = auto()
    TABLES = auto()
    BATCHES = auto()


class Scope(Enum):
    """What a declaration works on: nothing in a lake, a whole lake, the tables of its jobs, or those of a stream."""

    OUTSIDE = auto()
    LAKE = auto()
    TABLES = auto()
    STREAM = auto()
