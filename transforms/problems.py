"""The problems of a row, as a column."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F


def problems(checks: Mapping[str, Column]) -> Column:
    """array<string>: the names of the checks that are true, in order. *Nulls:* a NULL check counts as false."""
    named = F.filter(
        F.array(*(F.when(check, F.lit(name)) for name, check in checks.items())), lambda name: name.isNotNull()
    )
    # Most rows have no problem, so testing for one first is faster than building the array for every row.
    is_good = ~reduce(lambda left, right: left | right, (F.coalesce(check, F.lit(False)) for check in checks.values()))
    return F.when(is_good, F.array().cast("array<string>")).otherwise(named)
