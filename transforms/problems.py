"""What is wrong with a row, as a column."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F


def problems(checks: Mapping[str, Column]) -> Column:
    """array<string>: the names of the checks that hold, in their order. *Nulls:* a check that is NULL does not hold."""
    named = F.filter(
        F.array(*(F.when(check, F.lit(name)) for name, check in checks.items())), lambda name: name.isNotNull()
    )
    # Nearly all rows are good: to make a list of each costs more than to ask twice.
    is_good = ~reduce(lambda one, other: one | other, (F.coalesce(check, F.lit(False)) for check in checks.values()))
    return F.when(is_good, F.array().cast("array<string>")).otherwise(named)
