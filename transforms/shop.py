"""Shared definitions of shop events: session, event order and category."""

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.ecommerce.vocabulary import EVENT_TYPES

UNKNOWN_CATEGORY = "(unknown)"


def session() -> Column:
    """The user_session of an event. *Nulls:* events without one belong to one session per visitor and UTC day."""
    fallback = F.concat_ws(":", F.lit("user"), "user_id", F.to_date("event_time"))
    return F.coalesce("user_session", fallback)


def event_order() -> list[Column]:
    """A total order of events: by time, by type (view, cart, remove_from_cart, purchase), then by all other columns."""
    others = ("product_id", "price", "user_id", "user_session", "category_id", "category_code", "brand")
    columns = [F.col("event_time"), position_in(EVENT_TYPES, F.col("event_type")), *map(F.col, others)]
    return [column.asc_nulls_first() for column in columns]


def position_in(words: Sequence[str], column: Column) -> Column:
    """The 1-based position of the column's value in `words`. *Nulls:* NULL if it is not one of them."""
    return F.coalesce(*(F.when(column == word, position) for position, word in enumerate(words, 1)))


def category_at(level: int) -> Column:
    """The first `level` parts of category_code; UNKNOWN_CATEGORY if it has fewer parts or is NULL."""
    has_level = (
        F.col("category_code").isNotNull()
        if level == 1
        else F.substring_index("category_code", ".", level - 1) != F.col("category_code")
    )
    return F.when(has_level, F.substring_index("category_code", ".", level)).otherwise(UNKNOWN_CATEGORY)
