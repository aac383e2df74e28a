"""What a run has found, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Headline:
    """The first row of a table, told; three pieces of SQL: which rows, what puts one first, and the sentence."""

    of: str
    first: str
    says: str


def sentences(headlines: Sequence[Headline], table: DataFrame) -> list[str]:
    """A sentence for each headline that has a row."""
    firsts = (table.filter(one.of).orderBy(F.expr(one.first)).limit(1).select(F.expr(one.says)) for one in headlines)
    return [row[0] for first in firsts for row in first.collect()]
