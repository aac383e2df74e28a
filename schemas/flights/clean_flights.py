"""Flights that passed all checks: typed, departures also in UTC, deduplicated."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

_FLIGHT = (
    Column("flight_date", "date", "Local day of the scheduled departure at the origin.", required=True),
    Column("carrier", "string", "Carrier, IATA code.", required=True),
    Column("flight", "long", "Flight number.", required=True),
    Column("tailnum", "string", "Tail number of the plane; NULL if unknown."),
    Column("origin", "string", "Airport of departure, IATA code.", required=True),
    Column("dest", "string", "Airport of destination, IATA code.", required=True),
    Column("scheduled_departure", "string", "Scheduled departure, yyyy-MM-dd HH:mm at the origin.", required=True),
    Column("scheduled_departure_at", "timestamp", "Scheduled departure, UTC.", required=True),
    Column("departure", "string", "Departure, yyyy-MM-dd HH:mm at the origin; NULL if cancelled."),
    Column("departure_at", "timestamp", "Departure, UTC; NULL if cancelled."),
    Column(
        "scheduled_arrival_time",
        "string",
        "Scheduled arrival, HH:mm at the destination, 24:00 for midnight; NULL if unknown.",
    ),
    Column("arrival_time", "string", "Arrival, HH:mm at the destination, 24:00 for midnight; NULL if there was none."),
    Column("dep_delay", "long", "Departure delay in minutes, negative if early; NULL if cancelled."),
    Column("arr_delay", "long", "Arrival delay in minutes, negative if early; NULL if cancelled or diverted."),
    Column("air_time", "long", "Minutes in the air; NULL if unknown."),
    Column("distance", "long", "Miles between the airports; NULL if unknown."),
    Column("is_cancelled", "boolean", "The flight never departed.", required=True),
    Column("is_diverted", "boolean", "The flight departed but did not arrive at its destination.", required=True),
)

CLEAN_FLIGHTS = Table(
    name="flights.clean_flights",
    grain="one row per flight",
    key=tuple(column.name for column in _FLIGHT),
    columns=(*_FLIGHT, SOURCE_FILE, RUN_ID),
    partition="days(flight_date)",
    time="flight_date",
)
