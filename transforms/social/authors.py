"""Authors and their followers over time (SCD2)."""

from datetime import datetime

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.social.authors import AUTHORS

_PROFILE = ("author_name", "author_location", "followers", "following")


def authors(tweets: DataFrame, *, as_of: datetime) -> DataFrame:
    """One row per author and profile before `as_of`, from the first tweet with it to the first one with another.

    *Ties:* of tweets at one instant, the one with the greatest id counts. *Nulls:* tweets without any value of the
    profile are not observations.
    """
    number = F.col("tweet_id").cast("decimal(20,0)")
    observed = (
        tweets.filter(F.col("created_at") < F.lit(as_of))
        .filter(F.coalesce(*(F.col(name).cast("string") for name in _PROFILE)).isNotNull())
        .groupBy("author_id", "created_at")
        .agg(
            F.max(F.struct(number.alias("number"), F.struct(*_PROFILE).alias("profile"))).alias("newest"),
            F.count("*").alias("n"),
        )
        .select("author_id", "created_at", "newest.profile", "n")
    )
    by_time = Window.partitionBy("author_id").orderBy("created_at")  # total: one row per author and instant
    changed = observed.withColumn("is_new", ~F.col("profile").eqNullSafe(F.lag("profile").over(by_time)))
    numbered = changed.withColumn(
        "period", F.sum(F.col("is_new").cast("int")).over(by_time.rowsBetween(Window.unboundedPreceding, 0))
    )
    periods = numbered.groupBy("author_id", "period", "profile").agg(
        F.min("created_at").alias("valid_from"), F.sum("n").alias("tweets")
    )
    in_order = Window.partitionBy("author_id").orderBy("valid_from")  # total: periods do not overlap
    ended = periods.withColumn("valid_to", F.lead("valid_from").over(in_order))
    return ended.withColumn("is_current", F.col("valid_to").isNull()).select(
        *(f"profile.{name}" if name in _PROFILE else name for name in AUTHORS.names)
    )
