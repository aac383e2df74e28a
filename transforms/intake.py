"""Judged rows on their way into a table: counted, split and each taken once.

A judged frame has the columns of its clean table, source_file, raw_line, problems and remarks.
"""

from collections.abc import Sequence
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
    return _compared(rows, published, key, "left_anti")


def equal_to_some(rows: DataFrame, others: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key, NULLs alike, is that of another."""
    return _compared(rows, others, key, "left_semi")


def not_refused(raw_rows: DataFrame, rejected: DataFrame) -> DataFrame:
    """The delivered rows, with raw_line, but for those that stand in a rejected table: lines of a file that are alike were judged alike."""
    refused = rejected.select(F.col("source_file").alias("refused_file"), F.col("raw_line").alias("refused_line"))
    stored_line = F.translate("raw_line", "\0", "\u2400")  # as a clean transform hands it on
    is_refused = (F.col("source_file") == F.col("refused_file")) & (stored_line == F.col("refused_line"))
    return raw_rows.join(refused, on=is_refused, how="left_anti")


def refused_rows(judged: DataFrame) -> DataFrame:
    """The rows with a problem, as they came."""
    return judged.filter(F.size("problems") > 0).select("raw_line", "problems", "source_file")


def _compared(rows: DataFrame, others: DataFrame, key: Sequence[str], how: str) -> DataFrame:
    there = others.select(*(F.col(name).alias(f"other_{name}") for name in key))
    is_same: Column = reduce(lambda one, other: one & other, (F.col(name).eqNullSafe(F.col(f"other_{name}")) for name in key))
    return rows.join(there, on=is_same, how=how)
