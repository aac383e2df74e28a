"""Lines of JSON files: one object each, however a stream wrote them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# Everything up to a brace after which another object begins. Texts may have braces of their own.
_OBJECT = r'\G((?:[^"}]++|"(?:[^"\\]++|\\[\s\S])*+"|\}(?!\s*\{))*+\})\s*(?=\{)'
_NEXT_OBJECT = r"\}\s*\{"
# What may follow an object after a brace that is not the last, but not a field that is one.
_MORE = r'\}\s*(?:[^\s,\]}]|,\s*[^"\s])'


def split_objects(lines: DataFrame) -> DataFrame:
    """The `lines` (line and others) with one JSON object each. Amazon Data Firehose writes them without line breaks."""
    objects = F.split(F.regexp_replace("line", _OBJECT, "$1\n"), "\n")
    may_be_several = F.col("line").rlike(_NEXT_OBJECT)
    return lines.withColumn("line", F.explode(F.when(may_be_several, objects).otherwise(F.array("line"))))


def is_one_value(line: Column) -> Column:
    """Whether a line that begins with a JSON object has nothing after it but a comma."""
    values = F.from_json(F.concat(F.lit("["), line, F.lit("]")), "array<string>")
    return ~line.rlike(_MORE) | F.coalesce(F.size(values) == 1, F.lit(False))
