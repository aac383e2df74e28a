"""Delivered ratings, typed and judged."""

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.movies.clean_ratings import CLEAN_RATINGS
from schemas.movies.raw_ratings import RAW_RATINGS
from transforms.delivered import judged, trimmed
from transforms.values import CLOCK_TOLERANCE, digits

_RATING = r"\A([1-4](\.[05]0*)?|0?\.50*|5(\.0*)?)\z"


def clean_ratings(raw_ratings: DataFrame, clean_movies: DataFrame, *, clock: datetime) -> DataFrame:
    """Every delivered rating with its typed values, its `problems` and `remarks`.

    *Grain:* one row per row of the input, good or not. A rating of a movie that clean_movies does not have is refused.
    """
    text = trimmed(raw_ratings, RAW_RATINGS.names)
    seconds = F.when(F.col("raw_timestamp").rlike(r"\A\d{1,11}\z"), F.col("raw_timestamp").cast("long"))
    typed = text.withColumns(
        {
            "user_id": digits("raw_userId"),
            "movie_id": digits("raw_movieId"),
            "rating": F.when(F.col("raw_rating").rlike(_RATING), F.expr("try_cast(raw_rating AS decimal(2,1))")),
            "rated_at": F.timestamp_seconds(seconds),
        }
    )
    known = clean_movies.select("movie_id").distinct().withColumn("is_known", F.lit(True))
    beside = typed.join(F.broadcast(known), "movie_id", "left")  # a line of some bytes for each movie that there is
    checks = {
        "bad_user_id": F.col("user_id").isNull(),
        "bad_movie_id": F.col("movie_id").isNull(),
        "bad_rating": F.col("rating").isNull(),
        "bad_timestamp": F.col("rated_at").isNull(),
        "future": F.col("rated_at") > F.lit(clock + CLOCK_TOLERANCE),
        "unknown_movie": F.col("movie_id").isNotNull() & F.col("is_known").isNull(),
    }
    return judged(beside, CLEAN_RATINGS, checks)
