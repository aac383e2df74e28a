"""What the tables of a shop mean by a session, by an order of events and by a category."""

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.ecommerce.vocabulary import EVENT_TYPES

UNKNOWN_CATEGORY = "(unknown)"


def session() -> Column:
    """The user_session of an event; without one, the visitor's UTC day."""
    unnamed = F.concat_ws(":", F.lit("user"), "user_id", F.to_date("event_time"))
    return F.coalesce("user_session", unnamed)


def in_order() -> list[Column]:
    """The total order of events: by time; at one instant view, cart, remove_from_cart, purchase; then by all that tells them apart."""
    others = ("product_id", "price", "user_id", "user_session", "category_id", "category_code", "brand")
    columns = [F.col("event_time"), place_in(EVENT_TYPES, F.col("event_type")), *map(F.col, others)]
    return [column.asc_nulls_first() for column in columns]


def place_in(words: Sequence[str], column: Column) -> Column:
    """Which of the words the column holds, from 1 on. *Nulls:* NULL where it holds none."""
    return F.coalesce(*(F.when(column == word, place) for place, word in enumerate(words, 1)))


def category_at(level: int) -> Column:
    """The first `level` parts of category_code; UNKNOWN_CATEGORY where it has fewer, or there is none."""
    has_level = (
        F.col("category_code").isNotNull()
        if level == 1
        else F.substring_index("category_code", ".", level - 1) != F.col("category_code")
    )
    return F.when(has_level, F.substring_index("category_code", ".", level)).otherwise(UNKNOWN_CATEGORY)
