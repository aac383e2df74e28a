"""Steps shared by all clean transforms: trim delivered text, and add the problems of each row."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.table import Table
from transforms.problems import problems
from transforms.values import PLAIN_TEXT, WHITE_SPACE, has_broken_text

_LINE_COLUMNS = ("has_broken_text", "source_file", "raw_line", "malformed")


def trim_columns(raw: DataFrame, names: Sequence[str], *, null_texts: Sequence[str] = ("",)) -> DataFrame:
    """The columns without surrounding white space, as raw_<name>. *Nulls:* `null_texts` become NULL."""

    def without_null_texts(text: Column) -> Column:
        return F.when(~text.isin(*null_texts), text)

    joined = raw.withColumn("_text", F.concat_ws("", *names))
    marked = joined.withColumns(
        {"_is_plain": F.col("_text").rlike(PLAIN_TEXT), "has_broken_text": has_broken_text("_text")}
    )
    # Transform one array: code generated per column may exceed Java's limits. Plain text needs only the faster trim.
    texts, spaces = F.array(*names), F.lit(WHITE_SPACE)
    plain, other = (
        F.transform(texts, lambda text: without_null_texts(F.trim(text))),
        F.transform(texts, lambda text: without_null_texts(F.btrim(text, spaces))),
    )
    with_texts = marked.withColumn("_texts", F.when(F.col("_is_plain"), plain).otherwise(other))
    return with_texts.select(
        *(F.col("_texts")[position].alias(f"raw_{name}") for position, name in enumerate(names)), *_LINE_COLUMNS
    )


def with_broken_values(typed: DataFrame, table: Table) -> DataFrame:
    """Add `has_broken_text` of the raw line and of the values, in which escapes of JSON such as \\u0000 are decoded."""
    texts = [name for name in table.data_columns if table.types[name] in ("string", "array<string>")]
    joined = typed.withColumn("_text", F.concat_ws("", "raw_line", *texts))
    return joined.withColumn("has_broken_text", has_broken_text("_text"))


def validate_rows(
    typed: DataFrame, table: Table, checks: Mapping[str, Column], remarks: Mapping[str, Column] | None = None
) -> DataFrame:
    """The rows of a clean table with their raw line, `problems` and `remarks`. Problems of the line come first.

    The `checks` are skipped for malformed lines, whose fields may be in the wrong columns.
    """
    is_well_formed = ~F.col("malformed")
    line_checks = {"truncated_or_malformed": F.col("malformed"), "encoding": F.col("has_broken_text")}
    rows = typed.withColumn(
        "problems", problems({**line_checks, **{name: is_well_formed & check for name, check in checks.items()}})
    )
    return rows.select(
        *table.data_columns,
        "source_file",
        "raw_line",
        "problems",
        (problems(remarks) if remarks else F.array().cast("array<string>")).alias("remarks"),
    )
