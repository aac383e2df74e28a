"""Arrival delays of each carrier per month."""

from jobs.runtime.job import DayByDay, Job
from jobs.runtime.parameters import AS_OF
from jobs.runtime.run import run
from schemas.flights.carrier_delays import CARRIER_DELAYS
from schemas.flights.clean_flights import CLEAN_FLIGHTS
from transforms.flights.carrier_delays import carrier_delays

JOB = Job(
    reads=[CLEAN_FLIGHTS],
    build=carrier_delays,
    writes=CARRIER_DELAYS,
    parameters=[AS_OF],
    increment=DayByDay(is_monthly=True),
)

if __name__ == "__main__":
    run(JOB)
