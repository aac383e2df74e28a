"""Where influential authors have been, or what they write about."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.social.influencer_places import INFLUENCER_PLACES
from transforms.ratios import ratio


def influencer_places(influencers: DataFrame, tweet_places: DataFrame) -> DataFrame:
    """The places of the tweets of the listed authors in their period. A tweet counts once per place.

    *Grain:* one row per author and place.
    """
    listed = influencers.filter("is_listed").select(
        "author_id", "author_name", "rank", "period_start", "period_end", "time_zone"
    )
    # listed: one row per author
    found = tweet_places.join(F.broadcast(listed), on="author_id")
    zone = F.from_utc_timestamp("created_at", F.col("time_zone"))
    dated = found.withColumn("day", F.to_date(zone)).filter("day BETWEEN period_start AND period_end")
    located = dated.groupBy("author_id").agg(F.count_distinct("tweet_id").alias("located"))
    author, place = listed.columns, ("place_id", "place", "country", "latitude", "longitude")
    counted = dated.groupBy(*author, *place).agg(
        F.count_distinct("tweet_id").alias("tweets"),
        F.min("day").alias("first_day"),
        F.max("day").alias("last_day"),
    )
    # located: one row per author
    shares = counted.join(located, on="author_id").withColumn("share", ratio(F.col("tweets"), F.col("located")))
    return shares.select(*INFLUENCER_PLACES.names)
