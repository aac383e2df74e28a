"""Join the lines of CSV files into records, whose fields in quotes may have line breaks."""

import re

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F


def csv_records(lines: DataFrame, delimiter: str) -> DataFrame:
    r"""Records of `lines` (line, source_file, row_no), which are split at \n. *Grain:* one row per record.

    `row_no` numbers the lines of a file. Returns the same columns, with the number of the first line of each record,
    and `is_unclosed`. The lines after a quote that nothing closes before the end of the file are unclosed, each a
    record of its own.
    """
    of_file = Window.partitionBy("source_file")
    in_order = of_file.orderBy("row_no")  # total: number of the line
    until_here = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    has_quotes = F.contains("line", F.lit('"'))
    # Whether a field is open after a line follows from whether one was before: it stays so, is reversed, or is set.
    is_set = F.col("after_closed") == F.col("after_open")
    reversals = F.count_if(F.col("after_closed") & ~F.col("after_open")).over(until_here) % 2 == 1
    last_set = F.last(F.when(is_set, F.col("after_closed") != F.col("is_reversed")), ignorenulls=True).over(until_here)
    was_open = F.lag("is_open", 1, False).over(in_order)
    # Spark would evaluate a frame from the current row to the end from scratch for each line.
    last_closed = F.max(F.when(~F.col("is_open"), F.col("row_no"))).over(of_file)
    opened = (
        lines.withColumn("after_closed", has_quotes & _has_open_field(F.col("line"), delimiter))
        .withColumn("after_open", ~has_quotes | _has_open_field(F.concat(F.lit('"'), "line"), delimiter))
        .withColumn("is_reversed", reversals)
        .withColumn("is_open", F.coalesce(last_set, F.lit(False)) != F.col("is_reversed"))
        .withColumn("is_unclosed", F.col("row_no") > F.coalesce(last_closed, F.lit(-1)))
        .withColumn("is_first", F.col("is_unclosed") | ~was_open)
        .withColumn("record", F.count_if("is_first").over(until_here))
    )
    parts = F.array_sort(F.collect_list(F.struct("row_no", "line")))
    joined = F.array_join(F.transform(parts, lambda part: part["line"]), "\n")
    return opened.groupBy("source_file", "record").agg(
        F.regexp_replace(joined, r"\r\z", "").alias("line"),
        F.min("row_no").alias("row_no"),
        F.bool_or("is_unclosed").alias("is_unclosed"),
    )


def _has_open_field(line: Column, delimiter: str) -> Column:
    """Whether the line ends inside a field in quotes. Text after the quote that closes a field belongs to the field."""
    end = re.escape(delimiter)
    open_field = r'"[^"]*+(?:""[^"]*+)*+'
    return line.rlike(rf'\A(?:(?:{open_field}"[^{end}]*+|(?!")[^{end}]*+){end})*+{open_field}\z')
