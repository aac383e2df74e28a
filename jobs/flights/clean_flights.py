"""Ingest new files of flights: convert to types and UTC, remove duplicates, reject invalid rows with reasons."""

from jobs.runtime.job import Job, Parameter
from jobs.runtime.parameters import zones
from jobs.runtime.run import run
from schemas.flights.clean_flights import CLEAN_FLIGHTS
from schemas.flights.raw_flights import RAW_FLIGHTS
from schemas.flights.rejected_flights import REJECTED_FLIGHTS
from transforms.flights.clean_flights import clean_flights, origin_zone

AIRPORT_ZONES = Parameter(
    "zones",
    zones,
    {},
    "time zones of departure airports outside New York: BOS=America/New_York,SFO=America/Los_Angeles",
)
JOB = Job(
    reads=[RAW_FLIGHTS],
    build=clean_flights,
    writes=CLEAN_FLIGHTS,
    rejects=REJECTED_FLIGHTS,
    parameters=[AIRPORT_ZONES],
    zone=origin_zone,
)

if __name__ == "__main__":
    run(JOB)
