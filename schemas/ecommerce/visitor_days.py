"""What each visitor did on each day: the part of a day that longer periods are counted from."""

from schemas.table import TIME_ZONE, Column, Table

VISITOR_DAYS = Table(
    name="ecommerce.visitor_days",
    grain="one row per day and visitor with an event: (day, user_id)",
    key=("day", "user_id"),
    columns=(
        Column("day", "date", "Local day.", required=True),
        Column("user_id", "long", "Visitor.", required=True),
        Column("events", "long", "Events of the visitor on the day.", required=True),
        Column("purchases", "long", "Those that are purchases.", required=True),
        Column(
            "sessions",
            "long",
            "Sessions of the day, of which one that several visitors share counts for the smallest user_id only: their "
            "sum over visitors is the number of sessions of the day.",
            required=True,
        ),
        TIME_ZONE,
    ),
    partition="days(day)",
    person="user_id",
)
