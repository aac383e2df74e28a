"""How the author of each tweet feels."""

from schemas.social.text_analyses import ANALYSIS_COLUMNS
from schemas.table import Column, Table

TWEET_SENTIMENT = Table(
    name="social.tweet_sentiment",
    grain="one row per tweet that was not deleted",
    key=("tweet_id",),
    columns=(
        Column("tweet_id", "string", "Tweet.", required=True),
        Column("author_id", "string", "Author.", required=True),
        Column("created_at", "timestamp", "When the tweet was posted, UTC.", required=True),
        Column("text", "string", "Text that was judged: that of tweets, or its English translation.", True, pii=True),
        Column("original_text", "string", "Text as delivered, of a retweet that of the original.", pii=True),
        Column("is_translated", "boolean", "Whether a translation was judged.", required=True),
        *ANALYSIS_COLUMNS,
    ),
    partition="months(created_at)",
    person="author_id",
    is_large=True,
)
