"""Raw visits, typed and validated."""

from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.accounts.clean_visits import CLEAN_VISITS
from schemas.accounts.raw_visits import RAW_VISITS
from transforms.cleaning import trim_columns, validate_rows
from transforms.values import CLOCK_TOLERANCE, email, identifier, is_invalid, parse_value

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)


def clean_visits(raw_visits: DataFrame, *, clock: datetime) -> DataFrame:
    """Every raw visit with its typed values, its `problems` and `remarks`.

    *Grain:* one row per row of the input, good or not. *Nulls:* email and page may be missing.
    """
    typed = trim_columns(raw_visits, RAW_VISITS.names).withColumns(
        {
            "user_id": identifier("raw_user_id"),
            "email": email("raw_email"),
            "visited_at": parse_value("raw_visited_at", "timestamp"),
            "page": F.col("raw_page"),
        }
    )
    checks = {
        "bad_user_id": F.col("user_id").isNull(),
        "bad_email": is_invalid("raw_email", "email"),
        "unparsable_time": F.col("visited_at").isNull(),
        "too_old": F.col("visited_at") < F.lit(OLDEST),
        "future": F.col("visited_at") > F.lit(clock + CLOCK_TOLERANCE),
    }
    return validate_rows(typed, CLEAN_VISITS, checks)
