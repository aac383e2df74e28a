"""How many events of each type came in each ten seconds, in all and by category."""

from schemas.table import Column, Table

EVENT_RATES = Table(
    name="realtime.event_rates",
    grain="one row per window, event type and category, and one per window and event type for all categories together",
    key=("window_start", "event_type", "category_id"),
    columns=(
        Column("window_start", "timestamp", "Start of the window of ten seconds, UTC.", required=True),
        Column("event_type", "string", "view, cart, remove_from_cart or purchase.", required=True),
        Column("category_id", "long", "Category; NULL is all categories together, those without an id included."),
        Column(
            "events",
            "long",
            "Events that came in time; 0 only for all categories: a category has a row where it had an event.",
            required=True,
        ),
    ),
    partition="days(window_start)",
    time="window_start",
)
