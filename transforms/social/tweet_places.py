"""Places that tweets are about or were posted at."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.social.tweet_places import TWEET_PLACES
from transforms.text.folding import fold
from transforms.text.gazetteer import gazetteer_forms, gazetteer_places
from transforms.text.place_mentions import place_mentions

ATTACHED = 1.0


def tweet_places(tweets: DataFrame) -> DataFrame:
    """The places that the texts mention, and those attached to the tweets.

    *Grain:* one row per tweet, place and source. Only places of the gazetteer are found.
    """
    texts = tweets.select(F.col("tweet_id").alias("id"), "text")
    mentioned = (
        place_mentions(texts)
        .groupBy("id", "place_id")
        .agg(F.count("*").alias("mentions"), F.max("confidence").alias("confidence"))
        .withColumn("source", F.lit("text"))
    )
    places = gazetteer_places(tweets).withColumnRenamed("name", "place")
    # places: one row per place, of 1 MB
    found = mentioned.unionByName(_attached(tweets)).join(F.broadcast(places), on="place_id")
    tweet = tweets.select(F.col("tweet_id").alias("id"), "tweet_id", "author_id", "created_at")
    # tweet: one row per tweet
    return found.join(tweet, on="id").select(*TWEET_PLACES.names)


def _attached(tweets: DataFrame) -> DataFrame:
    """The attached places that the gazetteer has, by name and country: `Split, Hrvatska` is the settlement Split."""
    name = fold(F.trim(F.substring_index("place_name", ",", 1)))
    attached = tweets.filter(F.col("place_name").isNotNull()).select(
        F.col("tweet_id").alias("id"), name.alias("form"), F.col("place_country").alias("country")
    )
    countries = gazetteer_places(tweets).select("place_id", "country")
    forms = gazetteer_forms(tweets).select("form", "place_id")
    # forms: one row per form, of 2 MB; countries: one row per place
    return (
        attached.join(F.broadcast(forms), on="form")
        .join(F.broadcast(countries), on=["place_id", "country"])
        .select(
            "id",
            "place_id",
            F.lit(1).cast("long").alias("mentions"),
            F.lit(ATTACHED).alias("confidence"),
            F.lit("geo").alias("source"),
        )
    )
