"""Hashtags, mentions, places and other names in tweets."""

from schemas.table import Column, Table

TWEET_ENTITIES = Table(
    name="social.tweet_entities",
    grain="one row per tweet, entity and type",
    key=("tweet_id", "entity", "type"),
    columns=(
        Column("tweet_id", "string", "Tweet.", required=True),
        Column("author_id", "string", "Author.", required=True),
        Column("created_at", "timestamp", "When the tweet was posted, UTC.", required=True),
        Column(
            "entity", "string", "Hashtag in lower case, screen name, name of the place, or other name.", True, pii=True
        ),
        Column(
            "type",
            "string",
            "HASHTAG, MENTION, LOCATION, and with Comprehend PERSON, ORGANIZATION, DATE, EVENT, TITLE, COMMERCIAL_ITEM,"
            " QUANTITY and OTHER.",
            required=True,
        ),
        Column("score", "double", "The greatest confidence, 0 to 1; 1 for hashtags and mentions.", required=True),
        Column(
            "begin_offset",
            "long",
            "First character of the first mention in the text of tweet_sentiment, from 0. NULL for places of the"
            " gazetteer, whose name may be in another case there, and for names that a translation changed.",
        ),
        Column("end_offset", "long", "Character after the first mention. NULL with begin_offset."),
    ),
    partition="months(created_at)",
    person="author_id",
    is_large=True,
)
