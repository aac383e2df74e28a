"""The parts of a tweet, whichever version of the API wrote it.

Version 1.1 nests the author and the retweeted and quoted tweets in the tweet. Version 2 has ids only, and the objects
in `includes`, beside the tweet in `data`.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

_ENTITIES = (
    "struct<hashtags: array<struct<text: string, tag: string>>,"
    " user_mentions: array<struct<screen_name: string, id_str: string>>,"
    " mentions: array<struct<username: string, id: string>>>"
)
_TEXTS = (
    f"text: string, full_text: string, entities: {_ENTITIES},"
    f" extended_tweet: struct<full_text: string, entities: {_ENTITIES}>,"
    f" note_tweet: struct<text: string, entities: {_ENTITIES}>"
)
_USER = (
    "struct<id: string, id_str: string, screen_name: string, location: string, followers_count: string,"
    " friends_count: string>"
)
_NESTED = f"struct<id: string, id_str: string, user: {_USER}, {_TEXTS}>"
_REMOVED = "struct<id: string, id_str: string, user_id: string, user_id_str: string>"
TWEET = (
    f"struct<id: string, id_str: string, created_at: string, lang: string, {_TEXTS}, user: {_USER},"
    f" author_id: string, retweeted_status: {_NESTED}, quoted_status: {_NESTED}, quoted_status_id_str: string,"
    " in_reply_to_status_id: string, in_reply_to_status_id_str: string, in_reply_to_user_id: string,"
    " in_reply_to_user_id_str: string, retweet_count: string, favorite_count: string, reply_count: string,"
    " quote_count: string, public_metrics: struct<retweet_count: string, reply_count: string, like_count: string,"
    " quote_count: string>, referenced_tweets: array<struct<type: string, id: string>>,"
    " edit_history_tweet_ids: array<string>,"
    " coordinates: struct<coordinates: array<double>>, place: struct<full_name: string, country_code: string>,"
    " geo: string, action: string, reason: string,"
    f" `delete`: struct<status: {_REMOVED}>,"
    " scrub_geo: struct<user_id: string, user_id_str: string, up_to_status_id: string, up_to_status_id_str: string>>"
)
INCLUDES = (
    "struct<users: array<struct<id: string, username: string, location: string, public_metrics:"
    " struct<followers_count: string, following_count: string>>>,"
    f" tweets: array<struct<id: string, author_id: string, {_TEXTS}>>,"
    " places: array<struct<id: string, full_name: string, country_code: string>>>"
)
_GEO = "place_id string, coordinates struct<coordinates: array<double>>"
# Keys of messages of a stream, or of a reply without tweets, that change no table.
CONTROL_KEYS = (
    "limit",
    "warning",
    "disconnect",
    "status_withheld",
    "user_withheld",
    "friends",
    "friends_str",
    "event",
    "control",
    "errors",
    "meta",
)


def deletion() -> Column:
    """struct<kind, tweet_id, author_id> of a message that a tweet, or a person's places, are removed. *Nulls:* NULL."""
    status, scrub = "tweet.delete.status", "tweet.scrub_geo"
    reason = F.when(F.col("tweet.reason") == "scrub_geo", F.lit("scrub_geo")).otherwise(F.lit("delete"))

    def message(kind: Column, tweet_id: Column, author_id: Column) -> Column:
        return F.struct(kind.alias("kind"), tweet_id.alias("tweet_id"), author_id.alias("author_id"))

    return (
        F.when(
            F.col("tweet.delete").isNotNull(),
            message(
                F.lit("delete"),
                F.coalesce(f"{status}.id_str", f"{status}.id"),
                F.coalesce(f"{status}.user_id_str", f"{status}.user_id"),
            ),
        )
        .when(
            F.col(scrub).isNotNull(),
            message(
                F.lit("scrub_geo"),
                F.coalesce(f"{scrub}.up_to_status_id_str", f"{scrub}.up_to_status_id"),
                F.coalesce(f"{scrub}.user_id_str", f"{scrub}.user_id"),
            ),
        )
        .when(
            # A line of the result of a batch compliance job.
            F.col("tweet.action") == "delete",
            message(reason, F.coalesce("tweet.id_str", "tweet.id"), F.lit(None).cast("string")),
        )
    )


def author() -> Column:
    """struct<id, name, location, followers, following> of the author."""
    user = F.col("tweet.user")
    included = _by_id("users", F.col("tweet.author_id"))
    return F.struct(
        F.coalesce(user["id_str"], user["id"], F.col("tweet.author_id")).alias("id"),
        F.coalesce(user["screen_name"], included["username"]).alias("name"),
        F.coalesce(user["location"], included["location"]).alias("location"),
        F.coalesce(user["followers_count"], included["public_metrics"]["followers_count"]).alias("followers"),
        F.coalesce(user["friends_count"], included["public_metrics"]["following_count"]).alias("following"),
    )


def text_source() -> Column:
    """struct<text, entities>: the complete text and its entities; of a retweet those of the original."""
    original = _by_id("tweets", _reference("retweeted"))
    tweets = [F.col("tweet.retweeted_status"), original, F.col("tweet")]
    return F.coalesce(*(_text_and_entities(tweet) for tweet in tweets))


def referenced(kind: str) -> Column:
    """struct<id, author_id> of the tweet that this one has retweeted, quoted or replied_to. *Nulls:* NULL if none."""
    tweet_id = _reference(kind)
    author_id = _by_id("tweets", tweet_id)["author_id"]
    if kind == "replied_to":
        tweet_id = F.coalesce("tweet.in_reply_to_status_id_str", "tweet.in_reply_to_status_id", tweet_id)
        author_id = F.coalesce("tweet.in_reply_to_user_id_str", "tweet.in_reply_to_user_id", author_id)
    else:
        nested = F.col(f"tweet.{kind}_status")
        ids = [nested["id_str"], nested["id"], *([F.col("tweet.quoted_status_id_str")] if kind == "quoted" else [])]
        tweet_id = F.coalesce(*ids, tweet_id)
        named = [_named_author()] if kind == "retweeted" else []
        author_id = F.coalesce(nested["user"]["id_str"], nested["user"]["id"], author_id, *named)
    return F.struct(tweet_id.alias("id"), author_id.alias("author_id"))


def _named_author() -> Column:
    """The id of the mention that a retweet begins with, `RT @name:`. *Nulls:* NULL if it is none."""
    name = F.lower(F.regexp_extract(F.coalesce("tweet.full_text", "tweet.text"), r"\ART @(\w+)", 1))

    def mentioned(kind: str, key: str, value: str) -> Column:
        return F.get(F.filter(f"tweet.entities.{kind}", lambda one: F.lower(one[key]) == name), F.lit(0))[value]

    ids = (mentioned("user_mentions", "screen_name", "id_str"), mentioned("mentions", "username", "id"))
    return F.when(_reference("retweeted").isNotNull(), F.coalesce(*ids))


def coordinates() -> Column:
    """struct<latitude, longitude> of the position attached to the tweet. *Nulls:* NULL if it is none on earth."""
    point = F.coalesce(F.col("tweet.coordinates.coordinates"), _geo()["coordinates"]["coordinates"])
    latitude, longitude = F.get(point, F.lit(1)), F.get(point, F.lit(0))
    is_on_earth = (F.abs(latitude) <= 90) & (F.abs(longitude) <= 180)
    return F.when(is_on_earth, F.struct(latitude.alias("latitude"), longitude.alias("longitude")))


def place() -> Column:
    """struct<name, country> of the place attached to the tweet."""
    included = _by_id("places", _geo()["place_id"])
    return F.struct(
        F.coalesce(F.col("tweet.place.full_name"), included["full_name"]).alias("name"),
        F.coalesce(F.col("tweet.place.country_code"), included["country_code"]).alias("country"),
    )


def _geo() -> Column:
    # Version 1.1 has an outdated position of another form under the same key.
    return F.from_json("tweet.geo", _GEO)


def _text_and_entities(tweet: Column) -> Column:
    extended, note = tweet["extended_tweet"], tweet["note_tweet"]
    text = F.coalesce(extended["full_text"], note["text"], tweet["full_text"], tweet["text"])
    entities = F.coalesce(extended["entities"], note["entities"], tweet["entities"])
    return F.when(text.isNotNull(), F.struct(text.alias("text"), entities.alias("entities")))


def _reference(kind: str) -> Column:
    """The id of the tweet that version 2 refers to as `kind`."""
    return F.get(F.filter("tweet.referenced_tweets", lambda one: one["type"] == kind), F.lit(0))["id"]


def _by_id(kind: str, wanted: Column) -> Column:
    """The included object with this id."""
    return F.get(F.filter(F.col("includes")[kind], lambda one: one["id"] == wanted), F.lit(0))
