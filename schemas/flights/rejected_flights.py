"""Flights that were refused, whole and with their reasons."""

from schemas.flights.vocabulary import FLIGHT_PROBLEMS
from schemas.table import rejected

REJECTED_FLIGHTS = rejected("flights.rejected_flights", *FLIGHT_PROBLEMS)
