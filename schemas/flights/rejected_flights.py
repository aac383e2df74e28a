"""Rejected flights, complete, with the reasons."""

from schemas.flights.vocabulary import FLIGHT_PROBLEMS
from schemas.table import rejected

REJECTED_FLIGHTS = rejected("flights.rejected_flights", *FLIGHT_PROBLEMS)
