"""Who retweets, quotes, replies to and mentions whom."""

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.social.interactions import INTERACTIONS
from transforms.dates import local_date


def interactions(tweets: DataFrame, *, as_of: datetime, time_zone: str) -> DataFrame:
    """The interactions of each local day before `as_of`. Those of authors with themselves are left out.

    *Ties:* a tweet interacts once with each user: it retweets, else quotes, else replies, else mentions. A retweet only
    retweets: what it quotes, replies to and mentions is that of the original.
    """
    is_own = F.col("retweeted_id").isNull()
    kinds = {
        "retweet": F.array("retweeted_author_id"),
        "quote": F.when(is_own, F.array("quoted_author_id")),
        "reply": F.when(is_own, F.array("replied_author_id")),
        "mention": F.when(is_own, F.col("mentioned_ids")),
    }
    targets = F.concat(*(_targets(ids, order) for order, ids in enumerate(kinds.values())))
    names = F.array(*map(F.lit, kinds))
    day = local_date(F.col("created_at"), time_zone)
    edges = tweets.filter(F.col("created_at") < F.lit(as_of)).select(
        "tweet_id", "author_id", day.alias("day"), F.inline(targets)
    )
    first = (
        edges.filter(F.col("target_id").isNotNull() & (F.col("target_id") != F.col("author_id")))
        .groupBy("day", "tweet_id", "author_id", "target_id")
        .agg(F.min("order").alias("order"))
        .withColumn("kind", F.get(names, F.col("order")))
    )
    return (
        first.groupBy("day", "author_id", "target_id", "kind")
        .agg(F.count("*").alias("tweets"))
        .withColumn("time_zone", F.lit(time_zone))
        .select(*INTERACTIONS.names)
    )


def _targets(ids: Column, order: int) -> Column:
    """array<struct<target_id, order>>. *Nulls:* empty for NULL."""
    return F.transform(
        F.coalesce(ids, F.array()), lambda one: F.struct(one.alias("target_id"), F.lit(order).alias("order"))
    )
