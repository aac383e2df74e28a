"""Delivered rows of any kind: trimmed, and handed on judged, as every clean transform does."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.table import Table
from transforms.problems import problems
from transforms.values import PLAIN_TEXT, WHITE_SPACE, is_broken

_OF_LINE = ("has_broken_text", "source_file", "raw_line", "malformed")


def trimmed(raw: DataFrame, names: Sequence[str], *, nothing: Sequence[str] = ("",)) -> DataFrame:
    """The columns without white space around them, each as raw_<name>. *Nulls:* what reads as `nothing` is NULL."""

    def known(text: Column) -> Column:
        return F.when(~text.isin(*nothing), text)

    whole = raw.withColumn("_text", F.concat_ws("", *names))
    marked = whole.withColumns({"_is_plain": F.col("_text").rlike(PLAIN_TEXT), "has_broken_text": is_broken("_text")})
    # As a list: code that is written out for each of many columns Java would not compile. To look for all signs that are spaces costs.
    listed, spaces = F.array(*names), F.lit(WHITE_SPACE)
    plain, other = (
        F.transform(listed, lambda text: known(F.trim(text))),
        F.transform(listed, lambda text: known(F.btrim(text, spaces))),
    )
    with_texts = marked.withColumn("_texts", F.when(F.col("_is_plain"), plain).otherwise(other))
    return with_texts.select(
        *(F.col("_texts")[place].alias(f"raw_{name}") for place, name in enumerate(names)), *_OF_LINE
    )


def judged(
    typed: DataFrame, table: Table, checks: Mapping[str, Column], remarks: Mapping[str, Column] | None = None
) -> DataFrame:
    """The rows of a clean table with their line and their `problems`, those of every delivered row first.

    The fields of a malformed line stand in the wrong columns: what they hold says nothing more.
    """
    is_whole = ~F.col("malformed")
    of_line = {"truncated_or_malformed": F.col("malformed"), "encoding": F.col("has_broken_text")}
    found = typed.withColumn(
        "problems", problems({**of_line, **{name: is_whole & check for name, check in checks.items()}})
    )
    return found.select(
        *table.data_columns,
        "source_file",
        "raw_line",
        "problems",
        (problems(remarks) if remarks else F.array().cast("array<string>")).alias("remarks"),
    )
