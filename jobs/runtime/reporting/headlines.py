"""Headlines: one sentence about the first row of a table in a declared order."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from importlib import import_module, util

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.redaction import mask, without_pii
from schemas.table import Table


@dataclass(frozen=True)
class Headline:
    """A sentence about the first row of a table, as SQL expressions: the filter, the sort key and the text."""

    where: str
    order_by: str
    text: str


def list_headlines(table: Table) -> list[Headline]:
    """The headlines that the board of the table's domain declares for it."""
    folder = f"jobs.reports.{table.domain}"
    if util.find_spec(folder) is None or util.find_spec(f"{folder}.headlines") is None:
        return []
    by_table: dict[str, list[Headline]] = import_module(f"{folder}.headlines").HEADLINES
    return by_table.get(table.stem, [])


def render_headlines(frames: Mapping[Table, DataFrame]) -> list[tuple[Table, str]]:
    """A table and a sentence for each headline that has a row, read in one query. PII columns are excluded."""
    declared = [(table, headline) for table in frames for headline in list_headlines(table)]
    firsts = [
        without_pii(frames[table], table)
        .filter(headline.where)
        .orderBy(F.expr(headline.order_by))
        .limit(1)
        .select(F.lit(place).alias("place"), F.expr(headline.text).alias("text"))
        for place, (table, headline) in enumerate(declared)
    ]
    return (
        [(declared[place][0], mask(text)) for place, text in sorted(reduce(DataFrame.unionAll, firsts).collect())]
        if firsts
        else []
    )
