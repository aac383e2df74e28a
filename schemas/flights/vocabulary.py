"""The closed lists of the domain of flights: the one place that the transforms and the suites take them from."""

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

# Airports of departure and their zones; --zones tells of more.
ZONES = {"EWR": "America/New_York", "JFK": "America/New_York", "LGA": "America/New_York"}
