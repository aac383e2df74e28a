"""Raw shop events, typed and validated."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.raw_events import RAW_EVENTS
from schemas.ecommerce.vocabulary import EVENT_TYPE_SYNONYMS, EVENT_TYPES
from transforms.names import composed
from transforms.problems import problems
from transforms.values import CLOCK_TOLERANCE, PLAIN_TEXT, TIME_PATTERN, WHITE_SPACE, has_broken_text

MAX_ID_DIGITS = 19
DIGITS = r"\A[\d.]+\z"
_SPACE_AT_LEVEL = rf"\.[{WHITE_SPACE}]|[{WHITE_SPACE}]\."
_LINE_COLUMNS = ("is_plain", "has_broken_text", "source_file", "raw_line", "malformed")
FINER_THAN_CENTS = r"\.\d\d\d*[1-9]"
# The session's time zone is UTC. Parsing the suffix costs more than the timestamp, so remove it; TIME_PATTERN allows it
# only at the end.
_IN_UTC = "replace(event_time, ' UTC', '')"
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)


def clean_events(
    raw_events: DataFrame, published: DataFrame, *, clock: datetime, max_late_days: int | None
) -> DataFrame:
    """Every raw event with its typed values, its `problems` and, for kept rows, `remarks`.

    *Grain:* one row per input row, valid or not.
    *Nulls:* '' is NULL; NULL brand, category and session are valid.
    `published` is the current clean_events: `max_late_days` counts back from its newest day.
    """
    typed = typed_events(raw_events)
    is_late = F.lit(False)
    if max_late_days is not None:
        newest_day = published.agg(F.to_date(F.max("event_time")).alias("newest_day"))
        typed = typed.crossJoin(F.broadcast(newest_day))  # one row
        is_late = F.to_date("event_time") < F.date_sub("newest_day", max_late_days)
    validated = typed.withColumn("problems", event_problems(clock))
    lateness = F.when((F.size("problems") == 0) & is_late, F.array(F.lit("late"))).otherwise(F.col("problems"))
    return validated.withColumn("problems", lateness).select(
        *CLEAN_EVENTS.data_columns,
        "source_file",
        "raw_line",
        "problems",
        problems({"price_rounded": F.col("is_price_rounded")}).alias("remarks"),
    )


def typed_events(raw_events: DataFrame, *others: str) -> DataFrame:
    """Every raw event with its typed values and the columns of its line. `others` are text columns to trim and keep.

    *Nulls:* '' is NULL, and so is a value that cannot be read.
    """
    names = (*RAW_EVENTS.names, *others)
    with_text = raw_events.withColumn("text", F.concat_ws("", *names))
    marked = with_text.withColumns(
        {"is_plain": F.col("text").rlike(PLAIN_TEXT), "has_broken_text": has_broken_text("text")}
    ).drop("text")
    return _typed(marked.select(*(_trimmed(name).alias(name) for name in names), *_LINE_COLUMNS), others)


def _trimmed(name: str) -> Column:
    """Trim white space. In plain text that is only the space; searching for all 26 characters is slower."""
    return F.when(F.col("is_plain"), F.trim(name)).otherwise(F.btrim(name, F.lit(WHITE_SPACE)))


def _typed(trimmed: DataFrame, others: Sequence[str]) -> DataFrame:
    event_type, is_finer = F.lower("event_type"), F.octet_length("price") - F.instr("price", ".") > 2
    return trimmed.select(
        F.when(F.col("event_time").rlike(TIME_PATTERN), F.expr(f"try_cast({_IN_UTC} AS timestamp)")).alias(
            "event_time"
        ),
        F.coalesce(
            *(F.when(event_type == word, F.lit(meaning)) for word, meaning in EVENT_TYPE_SYNONYMS.items()), event_type
        ).alias("event_type"),
        _id("product_id").alias("product_id"),
        _id("category_id").alias("category_id"),
        _category(_name("category_code")).alias("category_code"),
        _name("brand").alias("brand"),
        _price("price").alias("price"),
        _id("user_id").alias("user_id"),
        *(F.when(F.col(name) != "", F.col(name)).alias(name) for name in ("user_session", *others)),
        (is_finer & F.col("price").rlike(FINER_THAN_CENTS)).alias("is_price_rounded"),
        (F.coalesce("category_id", F.lit("")) != "").alias("has_category_id"),
        *_LINE_COLUMNS,
    )


def event_problems(clock: datetime) -> Column:
    # The fields of a malformed line are in the wrong columns, so further checks mean nothing.
    is_whole = ~F.col("malformed")
    return problems(
        {
            "truncated_or_malformed": F.col("malformed"),
            "encoding": F.col("has_broken_text"),
            "unparsable_time": is_whole & F.col("event_time").isNull(),
            "future": is_whole & (F.col("event_time") > F.lit(clock + CLOCK_TOLERANCE)),
            "too_old": is_whole & (F.col("event_time") < F.lit(OLDEST)),
            "unknown_event_type": is_whole & ~F.coalesce(F.col("event_type").isin(*EVENT_TYPES), F.lit(False)),
            "bad_product_id": is_whole & F.col("product_id").isNull(),
            "bad_category_id": is_whole & F.col("has_category_id") & F.col("category_id").isNull(),
            "bad_price": is_whole & F.col("price").isNull(),
            "bad_user_id": is_whole & F.col("user_id").isNull(),
        }
    )


def _id(name: str) -> Column:
    """An id of 1 to 19 digits. A cast alone accepts signs; a regular expression is ten times slower."""
    is_id = (
        _starts_between(name, "0", "9")
        & (F.octet_length(name) <= MAX_ID_DIGITS)
        & (F.col("is_plain") | F.col(name).rlike(DIGITS))
    )
    return F.when(is_id, F.expr(f"try_cast({name} AS bigint)"))


def _price(name: str) -> Column:
    """Digits with an optional decimal point. A cast alone accepts signs, exponents and digits of other scripts."""
    has_exponent = F.contains(F.lower(name), F.lit("e"))
    is_price = _starts_between(name, "0", "9") | _starts_between(name, ".", ".")
    return F.when(
        is_price & ~has_exponent & (F.col("is_plain") | F.col(name).rlike(DIGITS)),
        F.expr(f"try_cast({name} AS decimal(18,2))"),
    )


def _starts_between(name: str, first: str, last: str) -> Column:
    """Whether the first character is in an ASCII range; strings compare by their bytes."""
    return (F.col(name) >= first) & (F.col(name) < chr(ord(last) + 1))


def _name(name: str) -> Column:
    """A name in lower case. *Nulls:* NULL if nothing of it is seen."""
    seen = F.btrim(composed(F.col(name)), F.lit(WHITE_SPACE))
    return F.when(F.col("is_plain"), _lower(F.col(name))).otherwise(_lower(seen))


def _lower(text: Column) -> Column:
    return F.when(text != "", F.lower(text))


def _category(code: Column) -> Column:
    """A category without white space around its levels. It ends before a level without a name.

    *Nulls:* NULL if its first level has no name.
    """
    has_empty_level = F.contains(code, F.lit("..")) | F.startswith(code, F.lit(".")) | F.endswith(code, F.lit("."))
    is_odd = has_empty_level | F.contains(code, F.lit(" ")) | (~F.col("is_plain") & code.rlike(_SPACE_AT_LEVEL))
    levels = F.transform(F.split(code, r"\."), lambda level: F.btrim(level, F.lit(WHITE_SPACE)))
    empty_at = F.array_position(levels, "").cast("int")
    named = F.array_join(F.slice(levels, 1, F.when(empty_at > 0, empty_at - 1).otherwise(F.size(levels))), ".")
    return F.when(is_odd, F.when(named != "", named)).otherwise(code)
