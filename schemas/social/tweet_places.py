"""Places that tweets are about or were posted at."""

from schemas.table import Column, Table

TWEET_PLACES = Table(
    name="social.tweet_places",
    grain="one row per tweet, place and source",
    key=("tweet_id", "place_id", "source"),
    columns=(
        Column("tweet_id", "string", "Tweet.", required=True),
        Column("author_id", "string", "Author.", required=True),
        Column("created_at", "timestamp", "When the tweet was posted, UTC.", required=True),
        Column("place_id", "string", "Place: the source of its name, and the id there.", required=True),
        Column(
            "source",
            "string",
            "text: the text or a hashtag mentions the place; geo: the position or place attached to the tweet.",
            required=True,
        ),
        Column("place", "string", "Name of the place.", required=True),
        Column("type", "string", "country, region, settlement, island, national park and others.", required=True),
        Column("country", "string", "Country by ISO 3166-1. NULL for continents."),
        Column("latitude", "double", "Degrees north. NULL for countries."),
        Column("longitude", "double", "Degrees east. NULL for countries."),
        Column("mentions", "long", "Number of mentions in the text; 1 for geo.", required=True),
        Column(
            "confidence",
            "double",
            "1.0 attached to the tweet, 0.9 the name can only be a place, 0.7 the name is also a word or a person's"
            " name, but the context shows that the place is meant.",
            required=True,
        ),
    ),
    partition="months(created_at)",
    person="author_id",
    is_large=True,
)
