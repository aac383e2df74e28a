"""Raw tweets of all versions and control messages, typed and validated."""

from datetime import UTC, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.social.clean_tweets import CLEAN_TWEETS
from transforms.cleaning import validate_rows, with_broken_values
from transforms.raw_rows import without_lone_surrogates
from transforms.text.posts import HASHTAG, one_per_post, plain_text
from transforms.text.tweet_objects import (
    CONTROL_KEYS,
    INCLUDES,
    TWEET,
    author,
    coordinates,
    deletion,
    place,
    referenced,
    text_source,
)
from transforms.values import CLOCK_TOLERANCE

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
# The codes that the API still uses for Indonesian and Hebrew; `und` and the other pseudo codes name no language.
_LANGUAGES = {"in": "id", "iw": "he", "ji": "yi"}
_NO_LANGUAGES = ("und", "zxx", "qam", "qct", "qht", "qme", "qst", "art", "")
_CREATED = r"\A[A-Z][a-z]{2} ([A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [+-]\d{4} \d{4})\z"
_ISO = r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z\z"
_ID = r"\A\d{1,19}\z"
# A suspended user is mentioned with the id -1.
_PERSON = r"\A[1-9]\d{0,18}\z"
_MENTION = r"(?<![\w@])@(\w{1,15})(?!\w)"
# Ids count milliseconds from this instant on in their upper bits.
_FIRST_ID_TIME = 1_288_834_974_657


def clean_tweets(raw_tweets: DataFrame, *, clock: datetime) -> DataFrame:
    """Every raw tweet with its typed values, its `problems` and `remarks`.

    *Grain:* one row per row of the input, good or not; of a page of tweets, one row per tweet. The complete text is
    used where there is one, the text of the original for a retweet. Deletions and removals of places are rows too:
    later tables apply them. *Nulls:* everything but id, author, time and text may be missing.
    """
    objects = _objects(raw_tweets)
    typed = with_broken_values(objects.withColumns({**_identity(), **_content(), **_counters()}), CLEAN_TWEETS)
    is_message = F.arrays_overlap(F.json_object_keys("raw_line"), F.array(*map(F.lit, CONTROL_KEYS)))
    is_control = F.col("tweet_id").isNull() & F.coalesce(is_message, F.lit(False))
    is_tweet = (F.col("kind") == "tweet") & ~is_control
    checks = {
        "control": is_control,
        "bad_tweet_id": F.col("tweet_id").isNull() & ~is_control,
        "bad_author_id": is_tweet & F.col("author_id").isNull(),
        "bad_text": is_tweet & F.col("original_text").isNull(),
        "unparsable_time": is_tweet & F.col("created_at").isNull(),
        "too_old": F.col("created_at") < F.lit(OLDEST),
        "future": F.col("created_at") > F.lit(clock + CLOCK_TOLERANCE),
    }
    return validate_rows(typed, CLEAN_TWEETS, checks)


def _objects(raw_tweets: DataFrame) -> DataFrame:
    """The lines with their parts, whichever version wrote them."""
    line = without_lone_surrogates(F.col("raw_line"))
    parsed = raw_tweets.withColumn("outer", F.from_json(line, f"data string, includes {INCLUDES}"))
    data = F.coalesce("of_page", "outer.data", line)
    objects = one_per_post(parsed, F.col("outer.data")).withColumns(
        {"tweet": F.from_json(data, TWEET), "includes": F.col("outer.includes")}
    )
    return objects.withColumns(
        {
            "deletion": deletion(),
            "author": author(),
            "source": text_source(),
            "retweeted": referenced("retweeted"),
            "quoted": referenced("quoted"),
            "replied": referenced("replied_to"),
            "position": coordinates(),
            "attached": place(),
        }
    )


def _identity() -> dict[str, Column]:
    """Kind, ids and time."""
    is_tweet = F.col("deletion").isNull()
    tweet_id = F.coalesce("deletion.tweet_id", "tweet.id_str", "tweet.id")
    author_id = F.when(is_tweet, F.col("author.id")).otherwise(F.col("deletion.author_id"))
    first_version = F.get("tweet.edit_history_tweet_ids", F.lit(0))
    snowflake = F.shiftright(F.expr("try_cast(deletion.tweet_id AS bigint)"), 22) + _FIRST_ID_TIME
    return {
        "kind": F.coalesce(F.col("deletion.kind"), F.lit("tweet")),
        "tweet_id": F.when(tweet_id.rlike(_ID), tweet_id),
        "author_id": F.when(author_id.rlike(_ID), author_id),
        "author_name": F.col("author.name"),
        "author_location": _filled(F.col("author.location")),
        "created_at": F.when(is_tweet, _instant("tweet.created_at")).otherwise(F.timestamp_millis(snowflake)),
        "retweeted_id": F.col("retweeted.id"),
        "retweeted_author_id": _person("retweeted.author_id"),
        "quoted_id": F.col("quoted.id"),
        "quoted_author_id": _person("quoted.author_id"),
        "replied_id": F.col("replied.id"),
        "replied_author_id": _person("replied.author_id"),
        "edited_id": F.when(first_version.rlike(_ID) & (first_version != tweet_id), first_version),
    }


def _person(name: str) -> Column:
    return F.when(F.col(name).rlike(_PERSON), F.col(name))


def _content() -> dict[str, Column]:
    """Text, language, hashtags, mentions and place."""
    text = F.col("source.text")
    lang = F.lower("tweet.lang")
    entities = F.col("source.entities")
    hashtags = F.transform(entities["hashtags"], lambda hashtag: F.coalesce(hashtag["text"], hashtag["tag"]))
    names = F.coalesce(entities["user_mentions"]["screen_name"], entities["mentions"]["username"])
    ids = F.coalesce(entities["user_mentions"]["id_str"], entities["mentions"]["id"])
    return {
        "original_text": text,
        "text": F.coalesce(plain_text(text), F.when(text.isNotNull(), F.lit(""))),
        "lang": F.coalesce(
            *(F.when(lang == old, F.lit(new)) for old, new in _LANGUAGES.items()),
            F.when(~lang.isin(*_NO_LANGUAGES), F.substring_index(lang, "-", 1)),
        ),
        "hashtags": F.coalesce(hashtags, F.regexp_extract_all(text, F.lit(HASHTAG), F.lit(1))),
        "mentions": F.coalesce(names, F.regexp_extract_all(text, F.lit(_MENTION), F.lit(1))),
        "mentioned_ids": F.filter(F.coalesce(ids, F.array().cast("array<string>")), lambda one: one.rlike(_PERSON)),
        "latitude": F.col("position.latitude"),
        "longitude": F.col("position.longitude"),
        "place_name": _filled(F.col("attached.name")),
        "place_country": _filled(F.upper(F.col("attached.country"))),
    }


def _counters() -> dict[str, Column]:
    metrics, people = "tweet.public_metrics", "author"
    given = {
        "likes": F.coalesce("tweet.favorite_count", f"{metrics}.like_count"),
        "retweets": F.coalesce("tweet.retweet_count", f"{metrics}.retweet_count"),
        "replies": F.coalesce("tweet.reply_count", f"{metrics}.reply_count"),
        "quotes": F.coalesce("tweet.quote_count", f"{metrics}.quote_count"),
        "followers": F.col(f"{people}.followers"),
        "following": F.col(f"{people}.following"),
    }
    return {name: F.when(text.rlike(r"\A\d{1,18}\z"), text.cast("long")) for name, text in given.items()}


def _instant(name: str) -> Column:
    """The instant of a time as version 1.1 or version 2 writes it. *Nulls:* NULL for any other text."""
    english = F.try_to_timestamp(F.regexp_extract(name, _CREATED, 1), F.lit("MMM dd HH:mm:ss Z yyyy"))
    iso = F.expr(f"try_cast({name} AS timestamp)")
    return F.when(F.col(name).rlike(_CREATED), english).when(F.col(name).rlike(_ISO), iso)


def _filled(text: Column) -> Column:
    return F.when(F.trim(text) != "", F.trim(text))
