"""How people feel about travel, places and brands, per day."""

from collections.abc import Sequence
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.social.net_sentiment import NET_SENTIMENT
from schemas.social.vocabulary import SENTIMENTS
from transforms.dates import local_date
from transforms.ratios import ratio, wilson
from transforms.text.folding import has_word_of

# With fewer scored tweets, a share says too little.
MIN_TWEETS = 20


def net_sentiment(
    tweets: DataFrame,
    tweet_places: DataFrame,
    tweet_sentiment: DataFrame,
    *,
    topic: Sequence[str],
    brands: Sequence[str],
    as_of: datetime,
    time_zone: str,
) -> DataFrame:
    """The tweets of each local day before `as_of` by sentiment: all, on the topic, and with each place and brand.

    *Grain:* one row per day and subject with a tweet. A retweet repeats the words of another author and does not count.
    """
    posted = tweets.filter((F.col("created_at") < F.lit(as_of)) & F.col("retweeted_id").isNull()).select(
        "tweet_id",
        local_date(F.col("created_at"), time_zone).alias("day"),
        has_word_of(topic, F.col("text")).alias("is_on_topic"),
        _named(brands).alias("brands"),
    )
    # tweet_sentiment: one row per tweet
    judged = posted.join(tweet_sentiment.select("tweet_id", "sentiment"), on="tweet_id")
    counts = {name.lower(): F.count(F.when(F.col("sentiment") == name, 1)) for name in SENTIMENTS}
    counted = (
        _by_subject(judged, tweet_places)
        .groupBy("day", "subject", "subject_id", "name")
        .agg(F.count("*").alias("tweets"), *(number.alias(name) for name, number in counts.items()))
    )
    scored = F.col("tweets") - F.col("unscored")
    enough = F.when(scored >= MIN_TWEETS, scored)
    low, high = wilson(F.when(enough.isNotNull(), F.col("positive")), enough)
    shares = {
        "net_sentiment": ratio(F.col("positive") - F.col("negative"), enough),
        "positive_share": ratio(F.col("positive"), enough),
        "positive_low": low,
        "positive_high": high,
        "time_zone": F.lit(time_zone),
    }
    return counted.withColumns(shares).select(*NET_SENTIMENT.names)


def _by_subject(judged: DataFrame, tweet_places: DataFrame) -> DataFrame:
    """The tweets once for each `subject`, with its `subject_id` and `name`."""
    keys = ("subject", "subject_id", "name")
    all_tweets = judged.withColumns({key: F.lit("all") for key in keys})
    on_topic = judged.filter("is_on_topic").withColumns({key: F.lit("topic") for key in keys})
    place_id, name = F.col("place_id").alias("subject_id"), F.col("place").alias("name")
    # A place may be both attached and mentioned.
    places = tweet_places.select("tweet_id", F.lit("place").alias("subject"), place_id, name).distinct()
    brand = F.explode("brands").alias("name")
    branded = judged.select("*", F.lit("brand").alias("subject"), brand).withColumn("subject_id", F.lower("name"))
    return all_tweets.unionByName(on_topic).unionByName(branded).unionByName(judged.join(places, on="tweet_id"))


def _named(brands: Sequence[str]) -> Column:
    """The brands that begin a word of the text, each once, in whatever case it was given."""
    distinct = {brand.lower(): brand for brand in brands}.values()
    named = [F.when(has_word_of([brand], F.col("text")), F.lit(brand)) for brand in distinct]
    return F.array_compact(F.array(*named)) if named else F.array().cast("array<string>")
