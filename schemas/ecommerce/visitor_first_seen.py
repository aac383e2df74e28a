"""The first event of each visitor, which distinguishes new from returning visitors."""

from schemas.table import Column, Table

VISITOR_FIRST_SEEN = Table(
    name="ecommerce.visitor_first_seen",
    grain="one row per visitor",
    key=("user_id",),
    columns=(
        Column("user_id", "long", "Visitor.", required=True),
        Column("first_event_time", "timestamp", "Time of the visitor's earliest event, UTC.", required=True),
    ),
    partition="months(first_event_time)",
    person="user_id",
)
