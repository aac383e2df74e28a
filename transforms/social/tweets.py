"""The newest state of each tweet that was not deleted."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.social.tweets import TWEETS

_PLACE = ("latitude", "longitude", "place_name", "place_country")
# The text, and what is read from it.
_TEXT = ("text", "original_text", "hashtags", "mentions", "mentioned_ids")
_CUT = r"\u2026(\s*https://t\.co/\w*)?\z"


def tweets(clean_tweets: DataFrame) -> DataFrame:
    """One row per tweet: the state with the most retweets and likes; of an edited tweet, the newest version.

    A text that was delivered cut is replaced by a complete one of another state. *Ties:* the state of the later run,
    then the greatest values in the order of the columns. Deleted tweets and
    retweets of them are left out, as are the places that their authors removed. *Nulls:* counters that were not
    delivered count as 0.
    """
    number = F.col("tweet_id").cast("decimal(20,0)")
    deleted = clean_tweets.filter(F.col("kind") == "delete").select(F.col("tweet_id").alias("deleted_id")).distinct()
    scrubs = clean_tweets.filter(F.col("kind") == "scrub_geo")
    scrubbed = scrubs.filter("author_id IS NOT NULL").groupBy("author_id").agg(F.max(number).alias("scrubbed_to"))
    scrubbed_alone = scrubs.filter("author_id IS NULL").select("tweet_id", F.lit(True).alias("is_alone")).distinct()
    edits = (
        clean_tweets.filter(F.col("edited_id").isNotNull())
        .groupBy(F.col("edited_id").alias("first_id"))
        .agg(F.max(number).alias("newest_version"))
    )
    is_replaced = (F.col("first_version") == F.col("first_id")) & (number < F.col("newest_version"))
    remaining = _newest(clean_tweets).join(edits, on=is_replaced, how="left_anti")
    # The deletion of an edited tweet may name only its first version.
    for name in ("tweet_id", "first_version", "retweeted_id"):
        remaining = remaining.join(deleted, on=F.col(name) == F.col("deleted_id"), how="left_anti")
    # scrubbed: one row per author; scrubbed_alone: one row per tweet
    located = remaining.join(scrubbed, on="author_id", how="left").join(scrubbed_alone, on="tweet_id", how="left")
    is_scrubbed = F.coalesce("is_alone", number <= F.col("scrubbed_to"), F.lit(False))
    return located.withColumns({name: F.when(~is_scrubbed, F.col(name)) for name in _PLACE}).select(*TWEETS.names)


def _newest(clean_tweets: DataFrame) -> DataFrame:
    """The state of each tweet that counts, with its `first_version`."""
    reactions = F.coalesce("retweets", F.lit(0)) + F.coalesce("likes", F.lit(0))
    others = [name for name in TWEETS.names if name != "tweet_id"]
    state = F.struct(reactions.alias("reactions"), "run_id", *others)
    return (
        clean_tweets.filter(F.col("kind") == "tweet")
        .groupBy("tweet_id")
        .agg(
            F.max(state).alias("state"),
            F.max(F.struct(_is_complete().alias("is_complete"), state.alias("state"))).alias("complete"),
            F.coalesce(F.max("edited_id"), F.col("tweet_id")).alias("first_version"),
        )
        .withColumn("complete", F.col("complete.state"))
        .select("tweet_id", "first_version", *(f"{'complete' if name in _TEXT else 'state'}.{name}" for name in others))
    )


def _is_complete() -> Column:
    """Whether the text is not the beginning of one: with an ellipsis, or of a retweet after the name of its author."""
    is_repeated = F.col("retweeted_id").isNotNull() & F.startswith("original_text", F.lit("RT @"))
    return ~(F.col("original_text").rlike(_CUT) | is_repeated)
