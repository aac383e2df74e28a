"""Places that tweets are about or were posted at."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.social.tweet_places import TWEET_PLACES
from transforms.text.folding import fold
from transforms.text.gazetteer import gazetteer_forms, gazetteer_places
from transforms.text.place_mentions import place_mentions

ATTACHED = 1.0
# A position farther from every settlement has no place. A cell of so many degrees is wider than that, up to 68 degrees
# north and south.
MAX_KM, CELL, EARTH_KM = 10, 0.25, 6371.0
_AXES = ("latitude", "longitude")


def tweet_places(tweets: DataFrame) -> DataFrame:
    """The places that the texts mention, and those attached to the tweets: by name, else by position.

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
    attached = _attached(tweets)
    positions = tweets.filter(F.col("latitude").isNotNull()).select(F.col("tweet_id").alias("id"), *_AXES)
    nearest = _nearest(positions.join(attached, on="id", how="left_anti"))
    once = {"mentions": F.lit(1).cast("long"), "confidence": F.lit(ATTACHED), "source": F.lit("geo")}
    of_tweets = mentioned.unionByName(attached.unionByName(nearest).withColumns(once))
    found = of_tweets.join(F.broadcast(places), on="place_id")
    tweet = tweets.select(F.col("tweet_id").alias("id"), "tweet_id", "author_id", "created_at")
    # tweet: one row per tweet
    return found.join(tweet, on="id").select(*TWEET_PLACES.names)


def _attached(tweets: DataFrame) -> DataFrame:
    """The attached places that the gazetteer has, by name and country: `Split, Hrvatska` is the settlement Split."""
    name = F.replace(fold(F.trim(F.substring_index("place_name", ",", 1))), F.lit("-"), F.lit(" "))
    attached = tweets.filter(F.col("place_name").isNotNull()).select(
        F.col("tweet_id").alias("id"), name.alias("form"), F.col("place_country").alias("country")
    )
    countries = gazetteer_places(tweets).select("place_id", "country")
    forms = gazetteer_forms(tweets).select("form", "place_id")
    # forms: one row per form, of 2 MB; countries: one row per place
    return (
        attached.join(F.broadcast(forms), on="form")
        .join(F.broadcast(countries), on=["place_id", "country"])
        .select("id", "place_id")
    )


def _nearest(positions: DataFrame) -> DataFrame:
    """The settlement nearest to each position (id, latitude, longitude), if one is within MAX_KM.

    *Ties:* the least place_id.
    """
    tweets = positions.select("id", *_position("tweet"), *(_cell(name).alias(name) for name in _AXES))
    around = F.sequence(F.lit(-1), F.lit(1))
    cells = F.explode(
        F.flatten(F.transform(around, lambda north: F.transform(around, lambda east: _beside(north, east))))
    )
    settlements = (
        gazetteer_places(positions)
        .filter(F.col("type") == "settlement")
        .select("place_id", *_position("place"), cells.alias("cell"))
        .select("*", "cell.*")
    )
    # settlements: nine rows per place, of 2 MB
    near = tweets.join(F.broadcast(settlements), on=list(_AXES)).withColumn("km", _distance())
    nearest = near.filter(F.col("km") <= MAX_KM).groupBy("id").agg(F.min(F.struct("km", "place_id")).alias("nearest"))
    return nearest.select("id", "nearest.place_id")


def _position(prefix: str) -> list[Column]:
    return [F.radians(name).alias(f"{prefix}_{name}") for name in _AXES]


def _cell(name: str) -> Column:
    return F.floor(F.col(name) / CELL)


def _beside(north: Column, east: Column) -> Column:
    """The cell so many cells to the north and to the east of that of a place."""
    return F.struct(*((_cell(name) + offset).alias(name) for name, offset in zip(_AXES, (north, east), strict=True)))


def _distance() -> Column:
    """Kilometres between the tweet and the place, by the haversine formula."""
    tweet_north, tweet_east = (F.col(f"tweet_{name}") for name in _AXES)
    north, east = (F.col(f"place_{name}") for name in _AXES)
    chord = F.pow(F.sin((tweet_north - north) / 2), 2)
    chord += F.cos(tweet_north) * F.cos(north) * F.pow(F.sin((tweet_east - east) / 2), 2)
    return 2 * EARTH_KM * F.asin(F.sqrt(chord))
