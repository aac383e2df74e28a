"""Where influential authors have been, or what they write about."""

from schemas.table import PERIOD, Column, Table

INFLUENCER_PLACES = Table(
    name="social.influencer_places",
    grain="one row per listed author and place in the period",
    key=("author_id", "place_id"),
    columns=(
        Column("author_id", "string", "Author.", required=True),
        Column("author_name", "string", "Screen name.", pii=True),
        Column("rank", "long", "Rank of the author by influence.", required=True),
        Column("place_id", "string", "Place.", required=True),
        Column("place", "string", "Name of the place.", required=True),
        Column("country", "string", "Country by ISO 3166-1."),
        Column("latitude", "double", "Degrees north."),
        Column("longitude", "double", "Degrees east."),
        Column("tweets", "long", "Tweets of the author with the place.", required=True),
        Column("share", "double", "tweets / tweets of the author with any place.", required=True),
        Column("first_day", "date", "Local day of the first of these tweets.", required=True),
        Column("last_day", "date", "Local day of the last of these tweets.", required=True),
        *PERIOD,
    ),
    person="author_id",
)
