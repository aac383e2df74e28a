"""Judged rows on their way into a table: counted, split and each taken once.

A judged frame has the columns of its clean table, source_file, raw_line, problems and remarks.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def tallied(judged: DataFrame, time: str) -> DataFrame:
    """How many rows there are of each kind. *Grain:* (source_file, day, problems, remarks); `day` is UTC, of good rows."""
    return judged.groupBy("source_file", F.when(F.size("problems") == 0, F.to_date(time)).alias("day"), "problems", "remarks").agg(F.count("*").alias("rows"))


def good_rows(judged: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows without a problem, each once. *Ties:* of equal rows the one of the smallest source_file stays."""
    good = judged.filter(F.size("problems") == 0)
    return good.groupBy(*key).agg(F.min("source_file").alias("source_file"))


def unpublished(rows: DataFrame, published: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key, NULLs alike, is not published."""
    there = published.select(*(F.col(name).alias(f"published_{name}") for name in key))
    is_same: Column = reduce(lambda one, other: one & other, (F.col(name).eqNullSafe(F.col(f"published_{name}")) for name in key))
    return rows.join(there, on=is_same, how="left_anti")


def refused_rows(judged: DataFrame) -> DataFrame:
    """The rows with a problem, as they came."""
    return judged.filter(F.size("problems") > 0).select("raw_line", "problems", "source_file")


def on_days(instant: str, days: Iterable[date]) -> Column:
    """Whether the instant is on one of the UTC days; neighbouring days are asked for as one span."""
    spans: list[tuple[date, date]] = []
    for day in sorted(days):
        if spans and spans[-1][1] == day:
            spans[-1] = (spans[-1][0], day + timedelta(days=1))
        else:
            spans.append((day, day + timedelta(days=1)))
    asked = [(F.col(instant) >= F.lit(begin).cast("timestamp")) & (F.col(instant) < F.lit(end).cast("timestamp")) for begin, end in spans]
    return reduce(lambda one, other: one | other, asked, F.lit(False))
