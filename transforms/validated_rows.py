"""Count, split and de-duplicate validated rows.

A validated frame has the columns of its clean table, source_file, raw_line, problems and remarks. Once persisted, it
also has `row`, a unique row number, and for good rows the `hash` of their key.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

NO_DAY = date(1970, 1, 1)
_WITH_EXPONENT = r"\A(\d+\.?\d*|\.\d+)[eE][+-]?\d{1,2}\z"
# Escapes of control characters in JSON, the backslash of other escapes but \\u and \\/, and what ends a JSON string.
_NO_CHARACTER = r"\\[bfnrt]|\\(?!/|u[0-9a-fA-F]{4})|[\"\x00-\x1f]"


def count_rows(validated: DataFrame, time: str) -> DataFrame:
    """The number of `rows` of each kind. *Grain:* (source_file, day, problems, remarks, part).

    `day` is the UTC day of good rows, `part` the Spark partition. *Nulls:* `day` is NULL for rows with a problem.
    """
    day = F.when(F.size("problems") == 0, day_of(time)).alias("day")
    return validated.groupBy("source_file", day, "problems", "remarks", F.spark_partition_id().alias("part")).agg(
        F.count("*").alias("rows")
    )


def day_of(time: str) -> Column:
    """The UTC day of an instant, or a date as it is; 1970-01-01 for tables without a time column."""
    return F.to_date(time) if time else F.lit(NO_DAY)


def with_key_hash(validated: DataFrame, key: Sequence[str]) -> DataFrame:
    """Add the `hash` of the key. *Nulls:* NULL for rows with a problem."""
    return validated.withColumn("hash", F.when(F.size("problems") == 0, F.xxhash64(*key)))


def repeated_hashes(validated: DataFrame) -> DataFrame:
    """The hashes of more than one good row: candidates for duplicates. *Grain:* one row per `hash`.

    Rows with different keys may share a hash.
    """
    return (
        validated.filter("hash IS NOT NULL")
        .groupBy("hash")
        .agg(F.count("*").alias("rows"))
        .filter("rows > 1")
        .select("hash")
    )


def duplicate_rows(validated: DataFrame, key: Sequence[str], files: DataFrame, repeated_hashes: DataFrame) -> DataFrame:
    """The `row` numbers of the good rows to drop as duplicates. *Nulls:* NULL keys are equal.

    *Ties:* of rows with equal keys, the first row of the first file is kept. Only rows with `repeated_hashes` are
    compared. `files` maps each source_file to its position, `file`.
    """
    candidates = validated.join(repeated_hashes, "hash", "left_semi")
    placed = candidates.join(F.broadcast(files), "source_file", "left").withColumn("file", F.coalesce("file", F.lit(0)))
    places = Window.partitionBy(*key).orderBy("file", "row")  # total: row numbers are unique
    return placed.withColumn("place", F.row_number().over(places)).filter("place > 1").select("row")


def valid_rows(validated: DataFrame) -> DataFrame:
    """The rows without a problem."""
    return validated.filter(F.size("problems") == 0)


def good_rows(validated: DataFrame, duplicates: DataFrame) -> DataFrame:
    """The valid rows, except for the `duplicates`. Partitions and order of the rows do not change."""
    return valid_rows(validated).join(duplicates, "row", "left_anti")


def unpublished(rows: DataFrame, published: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key is not in `published`. *Nulls:* NULL keys are equal."""
    return _join_on_key(rows, published, key, "left_anti")


def with_key_in(rows: DataFrame, others: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key is in `others`. *Nulls:* NULL keys are equal."""
    return _join_on_key(rows, others, key, "left_semi")


def drop_unneeded_lines(validated: DataFrame) -> DataFrame:
    """Keep raw_line only for rejected rows, as it is stored: without NUL characters. *Nulls:* NULL for good rows."""
    return validated.withColumn("raw_line", F.when(F.size("problems") > 0, _stored_line()))


def without_rejected(rows: DataFrame, rejected: DataFrame) -> DataFrame:
    """The delivered rows whose file and line are not in a rejected table.

    Equal lines of a file have the same problems, so one rejected line stands for all of them.
    """
    lines = rejected.select(F.col("source_file").alias("rejected_file"), F.col("raw_line").alias("rejected_line"))
    is_rejected = (F.col("source_file") == F.col("rejected_file")) & (_stored_line() == F.col("rejected_line"))
    return rows.join(lines, on=is_rejected, how="left_anti")


def _stored_line() -> Column:
    return F.translate("raw_line", "\0", "\u2400")


def rejected_rows(validated: DataFrame) -> DataFrame:
    """The rows with a problem, as raw lines."""
    return validated.filter(F.size("problems") > 0).select("raw_line", "problems", "source_file")


def candidate_ids(line: str) -> Column:
    """Every string in a line of any format that may be an id: its fields and long words. *Nulls:* a NULL line has none.

    Signs and a trailing `.0` are removed; each candidate is also returned without leading zeros, and a number with an
    exponent as a plain one. A field is the text between two characters that do not occur in numbers, times or
    addresses. In JSON it may also follow a colon.
    """
    fields = F.transform(
        F.split(_text(line), r"[^\w :.+/@-]"), lambda field: F.regexp_replace(field, r"\A[\s:+-]+|(\.0*)?\s*\z", "")
    )
    numbers = F.transform(F.filter(fields, lambda field: field.rlike(_WITH_EXPONENT)), _plain_integer)
    return F.concat(fields, F.transform(fields, _without_zeros), numbers, _long_words(line))


def _long_words(line: str) -> Column:
    """Words of at least five characters, such as 12345 in 12345.0. The parts of dates and times are shorter."""
    words = F.regexp_extract_all(_text(line), F.lit(r"(\w{5,})"), F.lit(1))
    return F.concat(words, F.transform(words, _without_zeros))


def _text(line: str) -> Column:
    """The text of a line with its JSON escapes decoded; quotes and control characters become `|`. *Nulls:* empty."""
    text = F.coalesce(F.col(line).cast("string"), F.lit(""))
    in_quotes = F.concat(F.lit('["'), F.regexp_replace(text, _NO_CHARACTER, "|"), F.lit('"]'))
    decoded = F.get(F.from_json(in_quotes, "array<string>"), F.lit(0))
    return F.when(F.contains(text, F.lit("\\")), F.coalesce(decoded, text)).otherwise(text)


def _plain_integer(number: Column) -> Column:
    """A number with an exponent as an integer, read as a double, as JSON numbers are. *Nulls:* NULL above 19 digits."""
    value = number.cast("double")
    return F.when(value < 1e19, value.cast("decimal(38,10)").cast("decimal(20,0)").cast("string"))


def _without_zeros(text: Column) -> Column:
    return F.regexp_replace(text, r"\A0+(?=.)", "")


def mark_forgotten(validated: DataFrame, persons: Sequence[str], hashes: Mapping[str, Sequence[str]]) -> DataFrame:
    """Give rows of forgotten persons the single problem `forgotten`, and remove their line.

    `persons` are the person columns of the table, first that of the person a row is about. A row belongs to a person if
    one of them is the id, or its raw line contains the id as a long word. If the line is truncated, or its first person
    column cannot be read, any field that equals the id is enough, since fields may be in the wrong columns. `validated`
    must come from drop_unneeded_lines, so that only rejected rows have a line. `hashes` maps each salt to the hashes of
    the forgotten ids.
    """
    if not (persons and hashes):
        return validated

    def is_known(word: Column) -> Column:
        return reduce(
            lambda left, right: left | right,
            (F.sha2(F.concat(F.lit(salt), word), 256).isin(*known) for salt, known in hashes.items()),
        )

    has_person = F.col(persons[0]).isNotNull() & ~F.array_contains("problems", "truncated_or_malformed")
    columns = F.array(*(F.col(name).cast("string") for name in persons))
    ids = F.when(has_person, F.concat(columns, _long_words("raw_line"))).otherwise(candidate_ids("raw_line"))
    is_forgotten = F.coalesce(F.exists(ids, is_known), F.lit(False))
    problems = F.when(is_forgotten, F.array(F.lit("forgotten"))).otherwise(F.col("problems"))
    return validated.withColumns({"problems": problems, "raw_line": F.when(~is_forgotten, F.col("raw_line"))})


def _join_on_key(rows: DataFrame, others: DataFrame, key: Sequence[str], how: str) -> DataFrame:
    keys = others.select(*(F.col(name).alias(f"other_{name}") for name in key))
    is_same: Column = reduce(
        lambda left, right: left & right, (F.col(name).eqNullSafe(F.col(f"other_{name}")) for name in key)
    )
    return rows.join(keys, on=is_same, how=how)
