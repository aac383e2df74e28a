"""How the author of each tweet feels."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.social.tweet_sentiment import TWEET_SENTIMENT
from transforms.text.analyser import Analyser, delivered_language, hashed_text


def tweet_sentiment(tweets: DataFrame, text_analyses: DataFrame, *, analyser: Analyser) -> DataFrame:
    """The sentiment of each tweet, as the analyser judged its text.

    *Grain:* one row per tweet. *Nulls:* a tweet without a text is UNSCORED and `empty`.
    """
    keyed = tweets.select(
        *("tweet_id", "author_id", "created_at", "original_text", F.col("lang").alias("tweet_lang")),
        F.col("text").alias("tweet_text"),
        hashed_text().alias("text_hash"),
        delivered_language().alias("delivered_lang"),
    )
    # judged: one row per text and delivered language
    judged = text_analyses.filter(F.col("analyser") == analyser.version)
    joined = keyed.join(judged, on=["text_hash", "delivered_lang"], how="left")
    is_empty = F.col("sentiment").isNull()
    values = {
        "text": F.coalesce("translation", "tweet_text"),
        "is_translated": F.col("translation").isNotNull(),
        "lang": F.coalesce("lang", "tweet_lang"),
        "reason": F.when(is_empty, F.lit("empty")).otherwise(F.col("reason")),
        "sentiment": F.coalesce("sentiment", F.lit("UNSCORED")),
        "is_truncated": F.coalesce("is_truncated", F.lit(False)),
        "analyser": F.lit(analyser.version),
    }
    return joined.withColumns(values).select(*TWEET_SENTIMENT.names)
