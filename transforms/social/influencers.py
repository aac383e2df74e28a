"""How influential each author is, and why."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import reduce
from operator import add

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.social.influencers import INFLUENCERS
from transforms.dates import last_whole_days, local_date
from transforms.pagerank import pagerank
from transforms.ratios import divided, ratio, rounded
from transforms.text.folding import has_word_of
from transforms.text.gazetteer import gazetteer_places
from transforms.text.place_mentions import place_mentions

# The part of each component in the influence.
PARTS = {"pagerank": 0.5, "reach": 0.2, "engagement": 0.2, "topic": 0.1}
# The weight of an interaction of each kind; of those of two users, so many days count.
WEIGHTS = {"retweet": 1.0, "quote": 1.0, "reply": 0.5, "mention": 0.5}
MAX_DAYS = 5
# Reactions to a post.
REACTIONS = {"likes": 1, "replies": 1, "retweets": 2, "quotes": 2}
MANY_FOLLOWERS, FEW_REACTIONS, MANY_TWEETS = 10_000, 0.0005, 144
MOST = 0.5


def influencers(
    tweets: DataFrame,
    tweet_places: DataFrame,
    interactions: DataFrame,
    *,
    period_days: int,
    min_posts: int,
    country: Sequence[str],
    topic: Sequence[str],
    as_of: datetime,
    time_zone: str,
    first_day: date | None,
) -> DataFrame:
    """The authors of the last `period_days` whole local days before `as_of`, with the components of their influence.

    *Grain:* one row per author with a tweet in the period. *Ties:* in rank by author_id, as a number. *Nulls:* where a
    component is NULL, its rank is that of the lowest value.
    """
    start, end = last_whole_days(days=period_days, as_of=as_of, time_zone=time_zone, first_day=first_day)
    day = local_date(F.col("created_at"), time_zone)
    of_period = tweets.filter(day.between(start, end))
    places = tweet_places.groupBy("tweet_id").agg(F.collect_set("country").alias("countries"))
    # places: one row per tweet
    posted = of_period.join(places, on="tweet_id", how="left")
    ranks = pageranks(of_period, interactions.filter(F.col("day").between(start, end)))
    # ranks and homes: one row per author
    people = _people(posted, topic).join(ranks, on="author_id", how="left")
    judged = _with_components(people.join(_homes(posted), on="author_id", how="left"), days=F.datediff(end, start) + 1)
    is_wanted = F.arrays_overlap("countries", F.array(*(F.lit(code) for code in country))) if country else F.lit(True)
    is_listed = is_wanted & (F.col("posts") >= min_posts) & ~F.col("is_suspicious")
    period = {"period_start": start, "period_end": end, "time_zone": F.lit(time_zone)}
    order = F.desc("influence"), F.col("author_id").cast("decimal(20,0)")
    most_first = Window.partitionBy("is_listed").orderBy(*order)  # total: one row per author
    rank = F.when(F.col("is_listed"), F.row_number().over(most_first).cast("long"))
    return judged.withColumns({"is_listed": is_listed, **period}).withColumn("rank", rank).select(*INFLUENCERS.names)


def _people(posted: DataFrame, topic: Sequence[str]) -> DataFrame:
    """What each author did in the period, with the newest profile. *Grain:* one row per author."""
    is_post = F.col("retweeted_id").isNull()
    reactions = reduce(add, (F.coalesce(name, F.lit(0)) * weight for name, weight in REACTIONS.items()))
    is_on_topic = is_post & (has_word_of(topic, F.col("text")) | F.col("countries").isNotNull())
    time = ("created_at", F.col("tweet_id").cast("decimal(20,0)").alias("number"))
    counted = F.when(F.col("followers").isNotNull(), F.struct(*time, "followers", "following"))
    return (
        posted.groupBy("author_id")
        .agg(
            F.max(F.struct(*time, "author_name")).alias("newest"),
            F.max(counted).alias("counted"),
            F.count(F.when(is_post, 1)).alias("posts"),
            F.count(F.when(~is_post, 1)).alias("retweets"),
            F.sum(F.when(is_post, reactions).otherwise(F.lit(0))).alias("engagement"),
            F.count(F.when(is_on_topic, 1)).alias("on_topic"),
        )
        .select("*", "newest.author_name", "counted.followers", "counted.following")
    )


def _with_components(people: DataFrame, days: Column) -> DataFrame:
    """Add the components, their percent ranks and the influence."""
    followers = F.greatest(F.coalesce("followers", F.lit(0)), F.lit(1))
    rated = people.withColumns(
        {
            "pagerank": rounded(F.coalesce("pagerank", F.lit(0.0))),
            "reach": F.log1p(F.coalesce("followers", F.lit(0)).cast("double")),
            "engagement_rate": ratio(F.col("engagement"), F.col("posts") * followers),
            "topic_share": ratio(F.col("on_topic"), F.col("posts")),
        }
    )
    values = {"pagerank": "pagerank", "reach": "reach", "engagement": "engagement_rate", "topic": "topic_share"}

    def percent_rank(name: str) -> Column:
        ordered = Window.partitionBy(F.lit(1)).orderBy(F.coalesce(name, F.lit(0.0)))  # total: ties share a rank
        return rounded(F.percent_rank().over(ordered))

    ranked = rated.withColumns({f"{part}_rank": percent_rank(name) for part, name in values.items()})
    influence = 100 * reduce(add, (F.col(f"{part}_rank") * share for part, share in PARTS.items()))
    is_popular = (F.col("followers") > MANY_FOLLOWERS) & (F.col("following") > 0)
    is_ignored = is_popular & (F.col("engagement_rate") < FEW_REACTIONS)
    is_fast = divided(F.col("posts") + F.col("retweets"), days) > MANY_TWEETS
    return ranked.withColumns(
        {"influence": rounded(influence), "is_suspicious": F.coalesce(is_ignored, F.lit(False)) | is_fast}
    )


def pageranks(tweets: DataFrame, interactions: DataFrame) -> DataFrame:
    """The `pagerank` of each author_id among all users of the interactions and all authors."""
    weight = F.coalesce(*(F.when(F.col("kind") == kind, F.lit(value)) for kind, value in WEIGHTS.items()))
    edges = (
        interactions.groupBy("author_id", "target_id", "kind")
        .agg(F.least(F.count("*"), F.lit(MAX_DAYS)).alias("days"))
        .select(
            F.lit(1).alias("graph"),
            F.col("author_id").alias("source"),
            F.col("target_id").alias("target"),
            (weight * F.col("days")).alias("weight"),
        )
    )
    users = [tweets.select("author_id"), edges.select("source"), edges.select("target")]
    nodes = reduce(DataFrame.union, users).toDF("node").withColumn("graph", F.lit(1))
    return pagerank(nodes, edges).select(F.col("node").alias("author_id"), "pagerank")


def _homes(posted: DataFrame) -> DataFrame:
    """The `countries` of each author: of the newest location, and of at least half of the posts with a place.

    *Grain:* one row per author. `country` is that of the first place in the location that is in one, else the one of
    most posts. *Nulls:* NULL without either; `countries` is empty.
    """
    profiles = posted.groupBy("author_id").agg(
        F.max(F.when(F.col("author_location").isNotNull(), F.struct("created_at", "author_location"))).alias("newest")
    )
    # A profile has the nominative, which the Croatian u does not take.
    texts = profiles.select(
        F.col("author_id").alias("id"), F.concat(F.lit("in "), "newest.author_location").alias("text")
    )
    places = gazetteer_places(posted).filter(F.col("country").isNotNull()).select("place_id", "country")
    # places: one row per place, of 1 MB
    of_profile = place_mentions(texts.filter(F.col("text").isNotNull())).join(F.broadcast(places), on="place_id")
    named = of_profile.groupBy("id").agg(F.min(F.struct("start", "country")).alias("first"))
    own_posts = posted.filter(F.col("retweeted_id").isNull() & F.col("countries").isNotNull())
    counted = own_posts.groupBy("author_id").agg(F.count("*").alias("located"))
    by_country = (
        own_posts.select("author_id", F.explode("countries").alias("country"))
        .groupBy("author_id", "country")
        .agg(F.count("*").alias("posts"))
    )
    most = (
        by_country.join(counted, on="author_id")
        .filter(F.col("posts") >= F.col("located") * MOST)
        .groupBy("author_id")
        .agg(F.max(F.struct("posts", "country")).alias("most"), F.collect_set("country").alias("posted_from"))
    )
    home = (
        profiles.select("author_id")
        .join(most, on="author_id", how="left")
        .join(named.select(F.col("id").alias("author_id"), "first"), on="author_id", how="left")
    )
    of_posts = F.coalesce("posted_from", F.array().cast("array<string>"))
    countries = F.filter(F.concat(F.array("first.country"), of_posts), lambda one: one.isNotNull())
    country = F.coalesce("first.country", "most.country")
    return home.select("author_id", country.alias("country"), countries.alias("countries"))
