"""The newest state of each tweet that was not deleted."""

from dataclasses import replace

from schemas.social.clean_tweets import TWEET_COLUMNS
from schemas.table import Table

TWEETS = Table(
    name="social.tweets",
    grain="one row per tweet that was not deleted",
    key=("tweet_id",),
    columns=tuple(
        replace(column, required=column.required or column.name in ("author_id", "text")) for column in TWEET_COLUMNS
    ),
    partition="months(created_at)",
    time="created_at",
    person="author_id",
    repeated_person="retweeted_author_id",
    is_large=True,
)
