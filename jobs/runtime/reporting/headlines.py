"""Headlines: one sentence about the first row of each list."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from importlib import import_module, util

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.masking import masked, without_pii
from schemas.table import Table


@dataclass(frozen=True)
class Headline:
    """The first row of a table, told; three pieces of SQL: which rows, what puts one first, and the sentence."""

    of: str
    first: str
    says: str


def headlines_of(table: Table) -> list[Headline]:
    """Those that the board of its domain has for a table."""
    folder = f"jobs.reports.{table.domain}"
    if util.find_spec(folder) is None or util.find_spec(f"{folder}.headlines") is None:
        return []
    of_tables: dict[str, list[Headline]] = import_module(f"{folder}.headlines").HEADLINES
    return of_tables.get(table.stem, [])


def sentences(frames: Mapping[Table, DataFrame]) -> list[tuple[Table, str]]:
    """A table and a sentence for each headline of the tables that has a row; all are asked as one query. They tell nobody's address."""
    asked = [(table, one) for table in frames for one in headlines_of(table)]
    firsts = [
        without_pii(frames[table], table)
        .filter(one.of)
        .orderBy(F.expr(one.first))
        .limit(1)
        .select(F.lit(place).alias("place"), F.expr(one.says).alias("says"))
        for place, (table, one) in enumerate(asked)
    ]
    return (
        [(asked[place][0], masked(says)) for place, says in sorted(reduce(DataFrame.unionAll, firsts).collect())]
        if firsts
        else []
    )
