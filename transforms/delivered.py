"""Delivered rows of any kind: trimmed, and handed on judged, as every clean transform does."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.table import Table
from transforms.problems import problems
from transforms.values import WHITE_SPACE, is_broken

_OF_LINE = ("has_broken_text", "source_file", "raw_line", "malformed")


def trimmed(raw: DataFrame, names: Sequence[str], *, nothing: Sequence[str] = ("",)) -> DataFrame:
    """The columns without white space around them, each as raw_<name>. *Nulls:* what reads as `nothing` is NULL."""
    marked = raw.withColumn("_text", F.concat_ws("", *names)).withColumn("has_broken_text", is_broken("_text"))
    without = {name: F.btrim(name, F.lit(WHITE_SPACE)) for name in names}
    return marked.select(*(F.when(~text.isin(*nothing), text).alias(f"raw_{name}") for name, text in without.items()), *_OF_LINE)


def judged(typed: DataFrame, table: Table, checks: Mapping[str, Column], remarks: Mapping[str, Column] | None = None) -> DataFrame:
    """The rows of a clean table with their line and their `problems`, those of every delivered row first.

    The fields of a malformed line stand in the wrong columns: what they hold says nothing more.
    """
    is_whole = ~F.col("malformed")
    of_line = {"truncated_or_malformed": F.col("malformed"), "encoding": F.col("has_broken_text")}
    found = typed.withColumn("problems", problems({**of_line, **{name: is_whole & check for name, check in checks.items()}}))
    return found.select(
        *table.data_columns,
        "source_file",
        "raw_line",
        "problems",
        (problems(remarks) if remarks else F.array().cast("array<string>")).alias("remarks"),
    )
