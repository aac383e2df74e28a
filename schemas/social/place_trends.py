"""How often each place is mentioned per day, compared with the weeks before."""

from schemas.table import TIME_ZONE, Column, Table

PLACE_TRENDS = Table(
    name="social.place_trends",
    grain="one row per local day and place with a tweet",
    key=("day", "place_id"),
    columns=(
        Column("day", "date", "Local day.", required=True),
        Column("place_id", "string", "Place.", required=True),
        Column("place", "string", "Name of the place.", required=True),
        Column("country", "string", "Country by ISO 3166-1."),
        Column("tweets", "long", "Tweets with the place; each counts once.", required=True),
        Column("authors", "long", "Authors of these tweets.", required=True),
        Column(
            "usual",
            "double",
            "Median of tweets on the 28 days before, or those since the first day. NULL if there are fewer than 4.",
        ),
        Column(
            "z",
            "double",
            "Robust z: 0.6745 x (tweets - usual) / the median absolute deviation of these days, or if"
            " that is 0, the greater of 1 and 5 % of usual. NULL with usual.",
        ),
        Column(
            "is_rising", "boolean", "z is at least 4, with at least 5 tweets by at least 3 authors. NULL without z."
        ),
        TIME_ZONE,
    ),
    partition="months(day)",
)
