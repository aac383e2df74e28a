"""How influential each author is, and why."""

from schemas.table import PERIOD, Column, Table

INFLUENCERS = Table(
    name="social.influencers",
    grain="one row per author with a tweet in the period",
    key=("author_id",),
    columns=(
        Column("author_id", "string", "Author.", required=True),
        Column("author_name", "string", "Newest screen name in the period.", pii=True),
        Column("rank", "long", "1 for the most influential; ties by author_id, as a number. NULL unless is_listed."),
        Column(
            "influence",
            "double",
            "0 to 100: 100 x (0.5 pagerank + 0.2 reach + 0.2 engagement + 0.1 topic), each as"
            " the percent_rank among all rows.",
            required=True,
        ),
        Column(
            "pagerank",
            "double",
            "PageRank among all users of the period's interactions; it adds up to 1.",
            required=True,
        ),
        Column("followers", "long", "Followers at the newest tweet in the period."),
        Column("following", "long", "Users followed at the newest tweet in the period."),
        Column("posts", "long", "Tweets of the author's own: no retweets.", required=True),
        Column("retweets", "long", "Retweets by the author.", required=True),
        Column("engagement", "long", "likes + replies + 2 x retweets + 2 x quotes of the own posts.", required=True),
        Column("engagement_rate", "double", "engagement / (posts x max(followers, 1)). NULL without posts."),
        Column(
            "topic_share", "double", "Share of the own posts with a word of the topic or a place. NULL without posts."
        ),
        Column(
            "country",
            "string",
            "Country of the author by ISO 3166-1: that of the profile's location, else that of at"
            " least half of the posts with a place. NULL if neither is known.",
        ),
        Column("pagerank_rank", "double", "percent_rank of pagerank.", required=True),
        Column("reach_rank", "double", "percent_rank of ln(1 + followers).", required=True),
        Column("engagement_rank", "double", "percent_rank of engagement_rate.", required=True),
        Column("topic_rank", "double", "percent_rank of topic_share.", required=True),
        Column(
            "is_suspicious",
            "boolean",
            "More than 10,000 followers, at least one user followed, and an engagement_rate below 0.0005; or more than"
            " 144 tweets a day.",
            required=True,
        ),
        Column(
            "is_listed",
            "boolean",
            "Enough posts, not suspicious, and by profile or posts of the country asked for.",
            required=True,
        ),
        *PERIOD,
    ),
    person="author_id",
)
