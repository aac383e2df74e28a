"""The union of many frames."""

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame

_MAX_BRANCHES = 8
_ANY_NUMBER = 2**31 - 1


def union_of(frames: Sequence[DataFrame]) -> DataFrame:
    """The rows of all frames, which have the same columns.

    Spark's optimizer copies the expressions above a union into each of its branches: with dozens of branches, the plan
    of a run does not fit into memory. It does not copy them past a coalesce, which here leaves all partitions as they
    are.
    """
    union = reduce(DataFrame.unionByName, frames)
    return union.coalesce(_ANY_NUMBER) if len(frames) > _MAX_BRANCHES else union
