"""Enumerations of the flights domain, shared by transforms and suites."""

FLIGHT_PROBLEMS = (
    "bad_date",
    "future",
    "bad_scheduled_departure",
    "bad_departure",
    "bad_arrival",
    "bad_delay",
    "bad_carrier",
    "bad_flight",
    "bad_airport",
    "unknown_zone",
    "bad_measure",
)

# Time zones of departure airports; --zones adds others.
ZONES = {"EWR": "America/New_York", "JFK": "America/New_York", "LGA": "America/New_York"}
