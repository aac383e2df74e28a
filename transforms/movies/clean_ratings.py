"""Raw ratings, typed and validated."""

from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.movies.clean_ratings import CLEAN_RATINGS
from schemas.movies.raw_ratings import RAW_RATINGS
from transforms.cleaning import trim_columns, validate_rows
from transforms.values import CLOCK_TOLERANCE, numeric_id

_RATING = r"\A([1-4](\.[05]0*)?|0?\.50*|5(\.0*)?)\z"


def clean_ratings(raw_ratings: DataFrame, clean_movies: DataFrame, *, clock: datetime) -> DataFrame:
    """Every raw rating with its typed values, `problems` and `remarks`.

    Ratings of movies that are not in clean_movies are rejected. *Grain:* one row per input row, valid or not.
    """
    text = trim_columns(raw_ratings, RAW_RATINGS.names)
    seconds = F.when(F.col("raw_timestamp").rlike(r"\A\d{1,11}\z"), F.col("raw_timestamp").cast("long"))
    typed = text.withColumns(
        {
            "user_id": numeric_id("raw_userId"),
            "movie_id": numeric_id("raw_movieId"),
            "rating": F.when(F.col("raw_rating").rlike(_RATING), F.expr("try_cast(raw_rating AS decimal(2,1))")),
            "rated_at": F.timestamp_seconds(seconds),
        }
    )
    known = clean_movies.select("movie_id").distinct().withColumn("is_known", F.lit(True))
    with_movies = typed.join(F.broadcast(known), "movie_id", "left")  # a few bytes per movie; one row per movie
    checks = {
        "bad_user_id": F.col("user_id").isNull(),
        "bad_movie_id": F.col("movie_id").isNull(),
        "bad_rating": F.col("rating").isNull(),
        "bad_timestamp": F.col("rated_at").isNull(),
        "future": F.col("rated_at") > F.lit(clock + CLOCK_TOLERANCE),
        "unknown_movie": F.col("movie_id").isNotNull() & F.col("is_known").isNull(),
    }
    return validate_rows(with_movies, CLEAN_RATINGS, checks)
