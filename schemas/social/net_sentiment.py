"""How people feel about travel, places and brands, per day."""

from schemas.table import TIME_ZONE, Column, Table

NET_SENTIMENT = Table(
    name="social.net_sentiment",
    grain="one row per local day and subject with a tweet",
    key=("day", "subject", "subject_id"),
    columns=(
        Column("day", "date", "Local day.", required=True),
        Column("subject", "string", "all tweets, those with a word of the topic, a place or a brand.", required=True),
        Column(
            "subject_id",
            "string",
            "Place of tweet_places; brand in lower case; otherwise the same as subject.",
            required=True,
        ),
        Column("name", "string", "Name of the place or brand; otherwise the same as subject.", required=True),
        Column("tweets", "long", "Tweets of the authors' own: no retweets.", required=True),
        Column("positive", "long", "POSITIVE tweets.", required=True),
        Column("negative", "long", "NEGATIVE tweets.", required=True),
        Column("neutral", "long", "NEUTRAL tweets.", required=True),
        Column("mixed", "long", "MIXED tweets.", required=True),
        Column("unscored", "long", "Tweets that could not be judged.", required=True),
        Column(
            "net_sentiment",
            "double",
            "(positive - negative) / (tweets - unscored), -1 to 1. NULL with fewer than 20 scored tweets, as are the"
            " following columns.",
        ),
        Column("positive_share", "double", "positive / (tweets - unscored)."),
        Column("positive_low", "double", "Lower bound of the 95 % Wilson interval of positive_share."),
        Column("positive_high", "double", "Upper bound of the 95 % Wilson interval of positive_share."),
        TIME_ZONE,
    ),
    partition="months(day)",
)
