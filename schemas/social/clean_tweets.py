"""Tweets, and deletions of them, that passed all checks, deduplicated."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

TWEET_COLUMNS = (
    Column(
        "tweet_id",
        "string",
        "Tweet; of scrub_geo, the last one of the author that loses its place, or the only one without an author.",
        required=True,
    ),
    Column("author_id", "string", "Author. NULL for a deletion that does not name the author."),
    Column("author_name", "string", "Screen name of the author at that time.", pii=True),
    Column(
        "created_at", "timestamp", "When the tweet was posted, UTC; of a deletion, the time in the id.", required=True
    ),
    Column(
        "text",
        "string",
        "Complete text, of a retweet that of the original: in Unicode NFC, without HTML escapes, URLs and repeated"
        " white space.",
        pii=True,
    ),
    Column("original_text", "string", "The same text as delivered.", pii=True),
    Column("lang", "string", "Language by ISO 639-1; NULL if it was not recognised."),
    Column("retweeted_id", "string", "Tweet that this one repeats. NULL if it is no retweet."),
    Column("retweeted_author_id", "string", "Author of the retweeted tweet."),
    Column("quoted_id", "string", "Tweet that this one quotes."),
    Column("quoted_author_id", "string", "Author of the quoted tweet. NULL if it was not delivered."),
    Column("replied_id", "string", "Tweet that this one replies to."),
    Column("replied_author_id", "string", "Author of the tweet that this one replies to."),
    Column("hashtags", "array<string>", "Hashtags without #, in order."),
    Column("mentions", "array<string>", "Screen names of the mentioned users without @, in order.", pii=True),
    Column("mentioned_ids", "array<string>", "Mentioned users, in order."),
    Column("likes", "long", "Likes so far. NULL if not delivered."),
    Column("retweets", "long", "Retweets so far. NULL if not delivered."),
    Column("replies", "long", "Replies so far. NULL if not delivered."),
    Column("quotes", "long", "Quotes so far. NULL if not delivered."),
    Column("followers", "long", "Followers of the author when the tweet was delivered."),
    Column("following", "long", "Users that the author followed when the tweet was delivered."),
    Column("author_location", "string", "Location that the author entered in the profile.", pii=True),
    Column("latitude", "double", "Position attached to the tweet, in degrees north.", pii=True),
    Column("longitude", "double", "Position attached to the tweet, in degrees east.", pii=True),
    Column("place_name", "string", "Place attached to the tweet, such as `Split, Hrvatska`.", pii=True),
    Column("place_country", "string", "Country of the attached place by ISO 3166-1."),
)
_DELIVERED = (
    Column("kind", "string", "tweet, delete or scrub_geo.", required=True),
    *TWEET_COLUMNS,
    Column("edited_id", "string", "First version of the tweet, if this is an edited one. NULL for others."),
)

CLEAN_TWEETS = Table(
    name="social.clean_tweets",
    grain="one row per delivered state of a tweet, or deletion",
    key=tuple(column.name for column in _DELIVERED),
    columns=(*_DELIVERED, SOURCE_FILE, RUN_ID),
    partition="months(created_at)",
    time="created_at",
    person="author_id",
    repeated_person="retweeted_author_id",
)
