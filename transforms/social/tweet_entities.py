"""Hashtags, mentions, places and other names in tweets."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.social.text_analyses import ENTITY
from schemas.social.tweet_entities import TWEET_ENTITIES
from transforms.text.analyser import Analyser, delivered_language, hashed_text

_TWEET = ("tweet_id", "author_id", "created_at")


def tweet_entities(
    tweets: DataFrame, tweet_places: DataFrame, text_analyses: DataFrame, *, analyser: Analyser
) -> DataFrame:
    """The names in each tweet: its hashtags and mentions, the places of the gazetteer, and what the analyser found.

    *Grain:* one row per tweet, entity and type. *Ties:* of several mentions the first one counts, with the greatest
    score. *Nulls:* an entity whose position is unknown has no offsets.
    """
    # judged: one row per text and delivered language
    judged = text_analyses.filter(F.col("analyser") == analyser.version).select(
        "text_hash", "delivered_lang", "translation", "entities"
    )
    joined = tweets.withColumns({"text_hash": hashed_text(), "delivered_lang": delivered_language()}).join(
        judged, on=["text_hash", "delivered_lang"], how="left"
    )
    found = F.concat(
        _marked("hashtags", "#", "HASHTAG"),
        _marked("mentions", "@", "MENTION"),
        F.coalesce("entities", F.array().cast(f"array<{ENTITY}>")),
    )
    lower_text = F.lower(F.coalesce("translation", "text"))
    named = joined.withColumn("lower_text", lower_text).select(*_TWEET, F.inline(found))
    places = tweet_places.select(
        *_TWEET,
        F.col("place").alias("entity"),
        F.lit("LOCATION").alias("type"),
        F.col("confidence").alias("score"),
        *(F.lit(None).cast("long").alias(name) for name in ("begin", "end")),
    )
    first = F.min(F.when(F.col("begin").isNotNull(), F.struct("begin", "end")))
    return (
        named.unionByName(places)
        .groupBy(*_TWEET, "entity", "type")
        .agg(F.max("score").alias("score"), first.alias("first"))
        .select("*", F.col("first.begin").alias("begin_offset"), F.col("first.end").alias("end_offset"))
        .select(*TWEET_ENTITIES.names)
    )


def _marked(names: str, sign: str, kind: str) -> Column:
    """The hashtags or mentions as entities in lower case, with their first place in `lower_text`. *Nulls:* empty."""

    def entity(name: Column) -> Column:
        written = F.concat(F.lit(rf"(?s)\A(.*?)\Q{sign}"), name, F.lit(r"\E(?![\p{L}\p{N}_])"))
        begin = F.when(
            F.regexp_like("lower_text", written), F.length(F.regexp_extract_all("lower_text", written)[0]).cast("long")
        )
        end = begin + F.length(name) + len(sign)
        return F.struct(
            *(name.alias("entity"), F.lit(kind).alias("type"), F.lit(1.0).alias("score")),
            *(begin.alias("begin"), end.alias("end")),
        )

    return F.transform(F.transform(F.coalesce(names, F.array()), F.lower), entity)
