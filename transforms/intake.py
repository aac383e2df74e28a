"""Judged rows on their way into a table: counted, split and each taken once.

A judged frame has the columns of its clean table, source_file, raw_line, problems and remarks; once it is held, also `row`, which
tells each row from all others, and of good rows the `hash` of their key.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

NO_DAY = date(1970, 1, 1)
_MOST_ROWS = Decimal(1 << 63)


def tallied(judged: DataFrame, time: str) -> DataFrame:
    """How many rows there are of each kind. *Grain:* (source_file, day, problems, remarks, part); `day` is UTC, of good rows; of Spark's parts of the frame."""
    day = F.when(F.size("problems") == 0, day_of(time)).alias("day")
    return judged.groupBy("source_file", day, "problems", "remarks", F.spark_partition_id().alias("part")).agg(
        F.count("*").alias("rows")
    )


def day_of(time: str) -> Column:
    """The day of an instant, in UTC, or of a date; of rows without one, the first that there is."""
    return F.to_date(time) if time else F.lit(NO_DAY)


def hashed(judged: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows with their `hash`. *Nulls:* a row with a problem has none."""
    return judged.withColumn("hash", F.when(F.size("problems") == 0, F.xxhash64(*key)))


def repeated(judged: DataFrame) -> DataFrame:
    """What tells the good rows that may be equal to another from all others. *Grain:* one row per `hash`; different rows may share one."""
    return (
        judged.filter("hash IS NOT NULL")
        .groupBy("hash")
        .agg(F.count("*").alias("rows"))
        .filter("rows > 1")
        .select("hash")
    )


def surplus(judged: DataFrame, key: Sequence[str], files: DataFrame, repeated: DataFrame) -> DataFrame:
    """The good rows that equal one that stays, by `row`, NULLs alike. *Ties:* of equal rows the first of the first file stays.

    Only those that are `repeated` are held against each other. `files` has each source_file with its place in order, `file`.
    """
    several = judged.join(repeated, "hash", "left_semi")
    # Of numbers Spark keeps the least as it goes; for the least of texts or pairs it would sort all rows, however long they are.
    place = F.coalesce("file", F.lit(0)) * F.lit(_MOST_ROWS) + F.col("row")
    placed = several.join(F.broadcast(files), "source_file", "left").select(*key, place.alias("place"))
    first = (
        placed.groupBy(*key)
        .agg(F.min("place").alias("place"))
        .select((F.col("place") % F.lit(_MOST_ROWS)).cast("long").alias("row"))
    )
    return several.select("row").join(first, "row", "left_anti")


def good_rows(judged: DataFrame, surplus: DataFrame) -> DataFrame:
    """The rows without a problem, but for the `surplus`, where and in the order in which they are."""
    return judged.filter(F.size("problems") == 0).join(surplus, "row", "left_anti")


def unpublished(rows: DataFrame, published: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key, NULLs alike, is not published."""
    return _compared(rows, published, key, "left_anti")


def equal_to_some(rows: DataFrame, others: DataFrame, key: Sequence[str]) -> DataFrame:
    """The rows whose key, NULLs alike, is that of another."""
    return _compared(rows, others, key, "left_semi")


def without_needless_lines(judged: DataFrame) -> DataFrame:
    """The judged rows, each refused one with its line as it is stored, without NUL. *Nulls:* the line of a good row, which nobody needs any more."""
    return judged.withColumn("raw_line", F.when(F.size("problems") > 0, _stored_line()))


def not_refused(rows: DataFrame, rejected: DataFrame) -> DataFrame:
    """Delivered rows, judged or not, but for those whose line stands in a rejected table: lines of a file that are alike were judged alike."""
    refused = rejected.select(F.col("source_file").alias("refused_file"), F.col("raw_line").alias("refused_line"))
    is_refused = (F.col("source_file") == F.col("refused_file")) & (_stored_line() == F.col("refused_line"))
    return rows.join(refused, on=is_refused, how="left_anti")


def _stored_line() -> Column:
    return F.translate("raw_line", "\0", "\u2400")


def refused_rows(judged: DataFrame) -> DataFrame:
    """The rows with a problem, as they came."""
    return judged.filter(F.size("problems") > 0).select("raw_line", "problems", "source_file")


def ids_in(line: str) -> Column:
    """All that may be an id in a line, whichever its format: every field and every long word, without sign and `.0`, also without leading zeros.

    *Nulls:* none of no line.

    What stands between two signs that are in no number, time or address is a field; of JSON also what follows a colon.
    """
    fields = F.transform(
        F.split(_text(line), r"[^\w :.+/@-]"), lambda field: F.regexp_replace(field, r"\A[\s:+-]+|(\.0*)?\s*\z", "")
    )
    return F.concat(fields, F.transform(fields, _without_zeros), _long_words(line))


def _long_words(line: str) -> Column:
    """Words that are no part of a date or a time: 12345 of 12345.0 as well."""
    words = F.regexp_extract_all(_text(line), F.lit(r"(\w{5,})"), F.lit(1))
    return F.concat(words, F.transform(words, _without_zeros))


def _text(line: str) -> Column:
    """Its signs, with digits as such where JSON escapes them; empty of no line."""
    return F.regexp_replace(F.coalesce(F.col(line).cast("string"), F.lit("")), r"\\u003([0-9])", "$1")


def _without_zeros(text: Column) -> Column:
    return F.regexp_replace(text, r"\A0+(?=.)", "")


def forgotten(judged: DataFrame, person: str, hashes: Mapping[str, Sequence[str]]) -> DataFrame:
    """The judged rows, without needless lines, those of forgotten persons with just that problem and without their line.

    Of a refused line it is enough that the id stands in it as a long word; of one that was cut, or whose person cannot be read, also
    that it is any of its fields: they may be the wrong ones.
    `hashes` has for each salt what it made of the ids.
    """
    if not (person and hashes):
        return judged

    def is_known(word: Column) -> Column:
        return reduce(
            lambda one, other: one | other,
            (F.sha2(F.concat(F.lit(salt), word), 256).isin(*known) for salt, known in hashes.items()),
        )

    says_person = F.col(person).isNotNull() & ~F.array_contains("problems", "truncated_or_malformed")
    ids = F.when(says_person, F.concat(F.array(F.col(person).cast("string")), _long_words("raw_line"))).otherwise(
        ids_in("raw_line")
    )
    is_forgotten = F.exists(ids, is_known)
    problems = F.when(is_forgotten, F.array(F.lit("forgotten"))).otherwise(F.col("problems"))
    return judged.withColumns({"problems": problems, "raw_line": F.when(~is_forgotten, F.col("raw_line"))})


def _compared(rows: DataFrame, others: DataFrame, key: Sequence[str], how: str) -> DataFrame:
    there = others.select(*(F.col(name).alias(f"other_{name}") for name in key))
    is_same: Column = reduce(
        lambda one, other: one & other, (F.col(name).eqNullSafe(F.col(f"other_{name}")) for name in key)
    )
    return rows.join(there, on=is_same, how=how)
