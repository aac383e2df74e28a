"""Flights that passed every check: typed, their departures also in UTC, each once."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

_FLIGHT = (
    Column("flight_date", "date", "Local day of the planned departure at the origin.", required=True),
    Column("carrier", "string", "Carrier, IATA.", required=True),
    Column("flight", "long", "Number of the flight.", required=True),
    Column("tailnum", "string", "Plane; NULL where unknown."),
    Column("origin", "string", "Airport of departure, IATA.", required=True),
    Column("dest", "string", "Airport of destination, IATA.", required=True),
    Column("scheduled_departure", "string", "Planned departure, yyyy-MM-dd HH:mm at the origin.", required=True),
    Column("scheduled_departure_at", "timestamp", "Planned departure, UTC.", required=True),
    Column("departure", "string", "Departure, yyyy-MM-dd HH:mm at the origin; NULL where it was cancelled."),
    Column("departure_at", "timestamp", "Departure, UTC; NULL where it was cancelled."),
    Column(
        "scheduled_arrival_time",
        "string",
        "Planned arrival, HH:mm at the destination, 24:00 its midnight; NULL where unknown.",
    ),
    Column(
        "arrival_time", "string", "Arrival, HH:mm at the destination, 24:00 its midnight; NULL where there was none."
    ),
    Column("dep_delay", "long", "Minutes of delay at departure, negative where early; NULL where cancelled."),
    Column("arr_delay", "long", "Minutes of delay at arrival, negative where early; NULL where cancelled or diverted."),
    Column("air_time", "long", "Minutes in the air; NULL where unknown."),
    Column("distance", "long", "Miles between the airports; NULL where unknown."),
    Column("is_cancelled", "boolean", "It never departed.", required=True),
    Column("is_diverted", "boolean", "It departed and did not arrive where it was to.", required=True),
)

CLEAN_FLIGHTS = Table(
    name="flights.clean_flights",
    grain="one row per flight",
    key=tuple(column.name for column in _FLIGHT),
    columns=(*_FLIGHT, SOURCE_FILE, RUN_ID),
    partition="days(flight_date)",
    time="flight_date",
)
