"""Raw shop events, typed and judged."""

from datetime import UTC, datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.raw_events import RAW_EVENTS
from schemas.ecommerce.vocabulary import EVENT_TYPE_SYNONYMS, EVENT_TYPES
from transforms.problems import problems

TIME_PATTERN = r"\A\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?( ?(UTC|Z|[+-]\d\d:?\d\d))?\z"
ID_PATTERN = r"\A\d{1,19}\z"
PRICE_PATTERN = r"\A(\d+(\.\d*)?|\.\d+)\z"
FINER_THAN_CENTS = r"\.\d\d\d*[1-9]"
# All that is space in Unicode; also what a suite means by it, in either engine.
WHITE_SPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_TOLERANCE = timedelta(minutes=5)


def clean_events(raw_events: DataFrame, published: DataFrame, *, clock: datetime, max_late_days: int | None) -> DataFrame:
    """Every raw event with its typed values, its `problems` and, for kept rows, `remarks`.

    *Grain:* one row per row of the input, good or not. `raw_line` is kept where there is a problem.
    *Nulls:* '' is NULL; NULL brand, category and session are no problem.
    `published` is clean_events as it stands: `max_late_days` counts back from its newest day.
    """
    trimmed = raw_events.select(*(F.btrim(name, F.lit(WHITE_SPACE)).alias(name) for name in RAW_EVENTS.names), "source_file", "raw_line", "malformed")
    typed = _typed(trimmed)
    is_late = F.lit(False)
    if max_late_days is not None:
        newest_day = published.agg(F.to_date(F.max("event_time")).alias("newest_day"))
        typed = typed.crossJoin(F.broadcast(newest_day))  # one row
        is_late = F.to_date("event_time") < F.date_sub("newest_day", max_late_days)
    judged = typed.withColumn("problems", _problems(clock))
    lateness = F.when((F.size("problems") == 0) & is_late, F.array(F.lit("late"))).otherwise(F.col("problems"))
    return judged.withColumn("problems", lateness).select(
        *CLEAN_EVENTS.data_columns,
        "source_file",
        F.when(F.size("problems") > 0, F.translate("raw_line", "\0", "\u2400")).alias("raw_line"),
        "problems",
        problems({"price_rounded": F.col("is_price_rounded")}).alias("remarks"),
    )


def _typed(trimmed: DataFrame) -> DataFrame:
    event_type = F.lower("event_type")
    return trimmed.select(
        F.when(F.col("event_time").rlike(TIME_PATTERN), F.expr("try_cast(event_time AS timestamp)")).alias("event_time"),
        F.coalesce(*(F.when(event_type == word, F.lit(meaning)) for word, meaning in EVENT_TYPE_SYNONYMS.items()), event_type).alias("event_type"),
        _id("product_id").alias("product_id"),
        _id("category_id").alias("category_id"),
        _text("category_code").alias("category_code"),
        _text("brand").alias("brand"),
        F.when(F.col("price").rlike(PRICE_PATTERN), F.expr("try_cast(price AS decimal(18,2))")).alias("price"),
        _id("user_id").alias("user_id"),
        F.when(F.col("user_session") != "", F.col("user_session")).alias("user_session"),
        F.col("price").rlike(FINER_THAN_CENTS).alias("is_price_rounded"),
        (F.coalesce("category_id", F.lit("")) != "").alias("has_category_id"),
        _has_broken_text().alias("has_broken_text"),
        "source_file",
        "raw_line",
        "malformed",
    )


def _problems(clock: datetime) -> Column:
    # The fields of a malformed line stand in the wrong columns: what they hold says nothing more.
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
    return F.when(F.col(name).rlike(ID_PATTERN), F.expr(f"try_cast({name} AS bigint)"))


def _text(name: str) -> Column:
    return F.when(F.col(name) != "", F.lower(name))


def _has_broken_text() -> Column:
    fields = F.concat_ws("", *RAW_EVENTS.names)
    return F.contains(fields, F.lit("\ufffd")) | F.contains(fields, F.lit("\0"))
