"""Judged rows on their way into a table: counted, split and each taken once.

A judged frame has the columns of its clean table, source_file, raw_line, problems and remarks.
"""

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def tallied(judged: DataFrame, time: str) -> DataFrame:
    """How many rows there are of each kind. *Grain:* (source_file, day, problems, remarks); `day` is UTC, of good rows."""
    return judged.groupBy("source_file", F.when(F.size("problems") == 0, F.to_date(time)).alias("day"), "problems", "remarks").agg(F.count("*").alias("rows"))


def good_rows(judged: DataFrame, key: Sequence[str], files: DataFrame) -> DataFrame:
    """The rows without a problem, each once. *Ties:* of equal rows the one of the first file stays.

    `files` has each source_file with its place in order, `file`. For the least of texts, not numbers, Spark would sort all rows.
    """
    paths = F.broadcast(files)
    good = judged.filter(F.size("problems") == 0).join(paths, "source_file")
    return good.groupBy(*key).agg(F.min("file").alias("file")).join(paths, "file").drop("file")


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


def ids_in(*columns: str) -> Column:
    """All that may be an id in the columns: every word, digits and letters together, without leading zeros."""
    text = F.concat_ws(" ", *(F.col(name).cast("string") for name in columns))
    return F.transform(F.regexp_extract_all(text, F.lit(r"(\w+)"), F.lit(1)), lambda word: F.regexp_replace(word, "^0+", ""))


def forgotten(judged: DataFrame, person: str, hashes: Mapping[str, Sequence[str]]) -> DataFrame:
    """The judged rows, those of forgotten persons with just that problem and without their line.

    Of a refused line it is enough that the id stands in it anywhere as a word: its fields may be the wrong ones.
    `hashes` has for each salt what it made of the ids.
    """
    if not (person and hashes):
        return judged

    def is_known(word: Column) -> Column:
        return reduce(lambda one, other: one | other, (F.sha2(F.concat(F.lit(salt), word), 256).isin(*known) for salt, known in hashes.items()))

    is_forgotten = F.exists(ids_in(person, "raw_line"), is_known)
    problems = F.when(is_forgotten, F.array(F.lit("forgotten"))).otherwise(F.col("problems"))
    return judged.withColumns({"problems": problems, "raw_line": F.when(~is_forgotten, F.col("raw_line"))})


def _compared(rows: DataFrame, others: DataFrame, key: Sequence[str], how: str) -> DataFrame:
    there = others.select(*(F.col(name).alias(f"other_{name}") for name in key))
    is_same: Column = reduce(lambda one, other: one & other, (F.col(name).eqNullSafe(F.col(f"other_{name}")) for name in key))
    return rows.join(there, on=is_same, how=how)
