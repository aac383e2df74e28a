"""Authors and their followers over time (SCD2)."""

from schemas.table import Column, Table

AUTHORS = Table(
    name="social.authors",
    grain="one row per author and period in which nothing in the profile changed",
    key=("author_id", "valid_from"),
    columns=(
        Column("author_id", "string", "Author.", required=True),
        Column("valid_from", "timestamp", "First tweet with this profile, UTC.", required=True),
        Column("valid_to", "timestamp", "First tweet with another profile, UTC. NULL for the current profile."),
        Column("is_current", "boolean", "Whether this is the newest profile.", required=True),
        Column("author_name", "string", "Screen name.", pii=True),
        Column("author_location", "string", "Location that the author entered.", pii=True),
        Column("followers", "long", "Followers."),
        Column("following", "long", "Users that the author follows."),
        Column("tweets", "long", "Tweets with this profile.", required=True),
    ),
    person="author_id",
)
