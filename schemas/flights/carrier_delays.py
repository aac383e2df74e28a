"""How late each carrier was, month by month."""

from schemas.table import Column, Table

CARRIER_DELAYS = Table(
    name="flights.carrier_delays",
    grain="one row per carrier and month: (carrier, month)",
    key=("carrier", "month"),
    columns=(
        Column("carrier", "string", "Carrier, IATA.", required=True),
        Column("month", "date", "First day of the month, of local days at the origins.", required=True),
        Column("flights", "long", "Flights that were planned.", required=True),
        Column(
            "arrived", "long", "Flights that arrived where they were to: those that the delays are of.", required=True
        ),
        Column(
            "total_arr_delay",
            "long",
            "Minutes of delay at arrival, added; early flights count less than nothing.",
            required=True,
        ),
        Column("mean_arr_delay", "double", "total_arr_delay / arrived, minutes; NULL where none arrived."),
        Column(
            "median_arr_delay",
            "double",
            "Half of the flights that arrived were at most so many minutes late; NULL where none arrived.",
        ),
        Column("cancelled", "long", "Flights that never departed.", required=True),
        Column("diverted", "long", "Flights that departed and did not arrive where they were to.", required=True),
    ),
    partition="months(month)",
)
