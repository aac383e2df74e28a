"""What is wrong with a row, as a column."""

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F


def problems(checks: Mapping[str, Column]) -> Column:
    """array<string>: the names of the checks that hold, in their order. *Nulls:* a check that is NULL does not hold."""
    named = [F.when(check, F.lit(name)) for name, check in checks.items()]
    return F.filter(F.array(*named), lambda name: name.isNotNull())
