"""Delivered visits, typed and judged."""

from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.accounts.clean_visits import CLEAN_VISITS
from schemas.accounts.raw_visits import RAW_VISITS
from transforms.delivered import judged, trimmed
from transforms.values import CLOCK_TOLERANCE, email, identifier, is_unfit, value

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)


def clean_visits(raw_visits: DataFrame, *, clock: datetime) -> DataFrame:
    """Every delivered visit with its typed values, its `problems` and `remarks`.

    *Grain:* one row per row of the input, good or not. *Nulls:* email and page may be missing.
    """
    typed = trimmed(raw_visits, RAW_VISITS.names).withColumns(
        {
            "user_id": identifier("raw_user_id"),
            "email": email("raw_email"),
            "visited_at": value("raw_visited_at", "timestamp"),
            "page": F.col("raw_page"),
        }
    )
    checks = {
        "bad_user_id": F.col("user_id").isNull(),
        "bad_email": is_unfit("raw_email", "email"),
        "unparsable_time": F.col("visited_at").isNull(),
        "too_old": F.col("visited_at") < F.lit(OLDEST),
        "future": F.col("visited_at") > F.lit(clock + CLOCK_TOLERANCE),
    }
    return judged(typed, CLEAN_VISITS, checks)
