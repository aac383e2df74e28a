"""The newest state of each tweet that was not deleted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.social.tweets import TWEETS

_PLACE = ("latitude", "longitude", "place_name", "place_country")


def tweets(clean_tweets: DataFrame) -> DataFrame:
    """One row per tweet: the state with the most retweets and likes; of an edited tweet, the newest version.

    *Ties:* the state of the later run, then the greatest values in the order of the columns. Deleted tweets and
    retweets of them are left out, as are the places that their authors removed. *Nulls:* counters that were not
    delivered count as 0.
    """
    number = F.col("tweet_id").cast("decimal(20,0)")
    deleted = clean_tweets.filter(F.col("kind") == "delete").select(F.col("tweet_id").alias("deleted_id")).distinct()
    scrubbed = (
        clean_tweets.filter(F.col("kind") == "scrub_geo").groupBy("author_id").agg(F.max(number).alias("scrubbed_to"))
    )
    edits = (
        clean_tweets.filter(F.col("edited_id").isNotNull())
        .groupBy(F.col("edited_id").alias("first_id"))
        .agg(F.max(number).alias("newest_version"))
    )
    reactions = F.coalesce("retweets", F.lit(0)) + F.coalesce("likes", F.lit(0))
    others = [name for name in TWEETS.names if name != "tweet_id"]
    newest = (
        clean_tweets.filter(F.col("kind") == "tweet")
        .groupBy("tweet_id")
        .agg(
            F.max(F.struct(reactions.alias("reactions"), "run_id", *others)).alias("state"),
            F.coalesce(F.max("edited_id"), F.col("tweet_id")).alias("first_version"),
        )
        .select("tweet_id", "first_version", "state.*")
    )
    is_replaced = (F.col("first_version") == F.col("first_id")) & (number < F.col("newest_version"))
    remaining = newest.join(edits, on=is_replaced, how="left_anti")
    # The deletion of an edited tweet may name only its first version.
    for name in ("tweet_id", "first_version", "retweeted_id"):
        remaining = remaining.join(deleted, on=F.col(name) == F.col("deleted_id"), how="left_anti")
    # scrubbed: one row per author
    located = remaining.join(scrubbed, on="author_id", how="left")
    is_scrubbed = F.coalesce(number <= F.col("scrubbed_to"), F.lit(False))
    return located.withColumns({name: F.when(~is_scrubbed, F.col(name)) for name in _PLACE}).select(*TWEETS.names)
