"""Daily pipeline of the flights: ingest new files and update the delays of carriers."""

from jobs.flights import carrier_delays, clean_flights
from jobs.runtime.job import Pipeline
from jobs.runtime.run import run

JOB = Pipeline("flights.daily", [clean_flights.JOB, carrier_delays.JOB], board="flights")

if __name__ == "__main__":
    run(JOB)
