"""Lines of JSON files: one object each, however a stream wrote them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# An object or null with another after it. Texts may have braces of their own.
_VALUE = r'\G(null|(?:[^"}]++|"(?:[^"\\]++|\\[\s\S])*+"|\}(?!\s*(?:\{|null)))*+\})\s*(?=\{|null)'
_NEXT_VALUE = r"\}\s*(\{|null)|null\s*\{"


def split_objects(lines: DataFrame) -> DataFrame:
    """The `lines` (line and others) with one JSON object each. Amazon Data Firehose writes them without line breaks."""
    objects = F.split(F.regexp_replace("line", _VALUE, "$1\n"), "\n")
    may_be_several = F.col("line").rlike(_NEXT_VALUE)
    return lines.withColumn("line", F.explode(F.when(may_be_several, objects).otherwise(F.array("line"))))


def is_one_object(line: Column) -> Column:
    """Whether the line has one JSON object and nothing after it but commas, as the lines of an array have them."""
    text = F.call_function("rtrim", F.lit(" \t,"), line)
    # from_json ignores everything after the first value of a line. In brackets, a line with two values is invalid.
    values = F.from_json(F.concat(F.lit("["), text, F.lit("]")), "array<string>")
    return F.endswith(text, F.lit("}")) & F.coalesce(F.size(values) == 1, F.lit(False))
