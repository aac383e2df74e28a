"""Arrival delays of each carrier per month."""

from schemas.table import Column, Table

CARRIER_DELAYS = Table(
    name="flights.carrier_delays",
    grain="one row per carrier and month: (carrier, month)",
    key=("carrier", "month"),
    columns=(
        Column("carrier", "string", "Carrier, IATA code.", required=True),
        Column("month", "date", "First day of the month, by local days at the origins.", required=True),
        Column("flights", "long", "Scheduled flights.", required=True),
        Column("arrived", "long", "Flights that arrived at their destination; the delays are of these.", required=True),
        Column(
            "total_arr_delay",
            "long",
            "Total arrival delay in minutes; early arrivals count negative.",
            required=True,
        ),
        Column("mean_arr_delay", "double", "total_arr_delay / arrived, in minutes; NULL if none arrived."),
        Column(
            "median_arr_delay",
            "double",
            "Median arrival delay in minutes; NULL if none arrived.",
        ),
        Column("cancelled", "long", "Flights that never departed.", required=True),
        Column("diverted", "long", "Flights that departed but did not arrive at their destination.", required=True),
    ),
    partition="months(month)",
)
