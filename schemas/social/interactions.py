"""Who retweets, quotes, replies to and mentions whom."""

from schemas.table import TIME_ZONE, Column, Table

INTERACTIONS = Table(
    name="social.interactions",
    grain="one row per local day, author, other user and kind",
    key=("day", "author_id", "target_id", "kind"),
    columns=(
        Column("day", "date", "Local day.", required=True),
        Column("author_id", "string", "Author of the tweets.", required=True),
        Column("target_id", "string", "User who is retweeted, quoted, replied to or mentioned.", required=True),
        Column(
            "kind",
            "string",
            "retweet, quote, reply or mention; of one tweet, the first of these for each user.",
            required=True,
        ),
        Column("tweets", "long", "Tweets of the day that do so.", required=True),
        TIME_ZONE,
    ),
    partition="months(day)",
    person="author_id",
    is_large=True,
)
